using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Influx;

/// <summary>InfluxDB's line protocol (docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference), one
/// series for each field. A line that can't be read is named and counted, and nothing of it is kept; the others stand.
/// Senders repeat their lines' keys in one order: what came behind a key the last time is compared first, then looked
/// up, then taken apart. Reused; one thread; allocates nothing for lines that are fine and known.
/// <code>
/// line      key " " field { "," field } [ " " timestamp ]     "#" begins a comment
/// field     name "=" ( float | integer "i" | unsigned "u" | boolean | "\"" text "\"" )
/// boolean   t T true True TRUE f F false False FALSE          in texts "\"" and "\\" are escapes, line feeds are text
/// </code>
/// </summary>
/// <param name="sink">Resolves series, takes points.</param>
/// <param name="cache">What earlier requests had.</param>
/// <param name="isTextKept">False: fields with texts are left out.</param>
internal sealed partial class LineProtocolDecoder(IEventSink sink, LineCache cache, bool isTextKept)
{
    /// <summary>The longest line: room for the longest value.</summary>
    public const int MaxLineBytes = WriteBatch.MaxValueBytes + 65_536;

    /// <summary>How much of a line an answer shows.</summary>
    private const int ShownBytes = 128;

    /// <summary>How many lines it shows; the others are counted.</summary>
    private const int ShownLines = 8;

    private const string TooLong = "expected a line of at most 1114112 bytes";

    private static readonly SearchValues<byte> s_endOfKey = SearchValues.Create("\\ \n"u8);
    private static readonly SearchValues<byte> s_endOfName = SearchValues.Create("\\=, \n"u8);

    private readonly LineKey _key = new();
    private LineTimes _times;
    private long _now;
    private readonly List<string> _problems = [];
    private long _number;
    private string _problem = ""; // of the line that can't be read
    private bool _isCut;          // the line is longer than what is looked at
    private int _line;            // its entry; 0 when it is not remembered
    private int _lastLine;        // the entry of the line before
    private int _keyStart;        // of the line, in what is looked at
    private int _keyLength;
    private bool _isKeyRead;      // by _key
    private (int Start, int End, int Field, int Row)[] _new = new (int, int, int, int)[64]; // points without a series
    private int _newCount;

    public LineRows Rows { get; } = new(sink);

    /// <summary>Lines that could not be read.</summary>
    public long Malformed { get; private set; }

    /// <summary>Fields with texts that were left out.</summary>
    public long TextsDropped { get; private set; }

    /// <summary>The number of the first line that could not be read; 0 when all could.</summary>
    public long ProblemLine { get; private set; }

    /// <summary>What is wrong with the first lines that could not be read, each with its number, as InfluxDB says it.
    /// </summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Decodes a body and hands its points over.</summary>
    /// <param name="text">Lines; the last need not end.</param>
    /// <param name="times">The unit of their timestamps.</param>
    /// <param name="now">The time of lines without one, in store precision.</param>
    public void Decode(ReadOnlySpan<byte> text, LineTimes times, long now)
    {
        (_times, _now, _number) = (times, now, 0);
        (Malformed, TextsDropped, ProblemLine) = (0, 0, 0);
        _problems.Clear();
        Rows.Clear();
        while (!text.IsEmpty)
        {
            _number++;
            _isCut = text.Length > MaxLineBytes;
            ReadOnlySpan<byte> line = _isCut ? text[..MaxLineBytes] : text;
            int at = 0;
            if (!TryReadLine(line, ref at))
            {
                Rows.DropLine();
                int end = text[at..].IndexOf((byte)'\n');
                at = end < 0 ? text.Length : at + end;
                Note(text[..at]);
            }
            text = at < text.Length ? text[(at + 1)..] : [];
        }
        Rows.HandOver();
    }

    /// <summary>Reads a line up to its line feed.</summary>
    private bool TryReadLine(ReadOnlySpan<byte> text, ref int at)
    {
        if (!TryReadKey(text, ref at, out bool isEmpty)) return false;
        if (isEmpty) return true;
        _newCount = 0;
        int last = -_line; // the field before; of the first the line, as a negative number
        Span<LineEntry> entries = cache.Entries;
        ReadOnlySpan<byte> texts = cache.Texts;
        while (true)
        {
            if (!TryReadField(text, ref at, ref last, ref entries, ref texts)) return false;
            if (at == text.Length || text[at] != ',') break;
            at++;
        }
        if (!TryReadTime(text, ref at, out long time, out bool isGiven)) return false;
        long timestamp = _now;
        if (isGiven && !_times.TryConvert(time, out timestamp))
        {
            Rows.RefuseLine(_number, time < 0 ? RefusalCode.TooOld : RefusalCode.TooNew);
            return true;
        }
        if (_newCount > 0 && !TryResolve(text)) return false;
        Rows.EndLine(_number, timestamp);
        return true;
    }

    /// <summary>Reads measurement and tags and the blank behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadKey(ReadOnlySpan<byte> text, ref int at, out bool isEmpty)
    {
        isEmpty = false;
        _isKeyRead = false;
        Span<LineEntry> entries = cache.Entries;
        if (_lastLine < entries.Length)
        {
            ref readonly LineEntry expected = ref entries[entries[_lastLine].Next];
            if (expected.Length > 0 && text.StartsWith(cache.Texts.Slice(expected.Start, expected.Length)))
            {
                _line = _lastLine = entries[_lastLine].Next;
                (_keyStart, _keyLength, at) = (0, expected.Length, expected.Length);
                return true;
            }
        }
        return TryFindKey(text, ref at, out isEmpty);
    }

    private bool TryFindKey(ReadOnlySpan<byte> text, ref int at, out bool isEmpty)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' or (byte)'\r') at++;
        isEmpty = at == text.Length || text[at] is (byte)'\n' or (byte)'#';
        if (isEmpty)
        {
            int end = text[at..].IndexOf((byte)'\n');
            at = end < 0 ? text.Length : at + end;
            return at < text.Length || !_isCut || Fail(TooLong);
        }
        _keyStart = at;
        while (true)
        {
            int found = text[at..].IndexOfAny(s_endOfKey);
            if (found < 0) at = text.Length;
            else at += found;
            if (at == text.Length || text[at] == '\n') return Fail("missing fields");
            if (text[at] == ' ') break;
            at += LineKey.IsEscape(text, at) ? 2 : 1;
        }
        ReadOnlySpan<byte> sent = text[_keyStart..++at];
        _keyLength = sent.Length;
        _line = cache.Find(0, sent);
        if (_line == 0)
        {
            if (!TryTakeKeyApart(text)) return false;
            _line = cache.Add(0, sent, SeriesId.None.Value);
        }
        Span<LineEntry> entries = cache.Entries;
        if (_line != 0 && _lastLine < entries.Length) entries[_lastLine].Next = _line;
        _lastLine = _line;
        return true;
    }

    private bool TryTakeKeyApart(ReadOnlySpan<byte> text)
    {
        _isKeyRead = true;
        return _key.Read(text.Slice(_keyStart, _keyLength - 1)) is not { } problem || Fail(problem);
    }

    /// <summary>Reads a field's name and value.</summary>
    /// <param name="text">The line, and perhaps more.</param>
    /// <param name="at">Where the field begins; then behind it.</param>
    /// <param name="last">The entry of the field before, or the line's as a negative number; then this field's.</param>
    /// <param name="entries">The cache's, read once a line; anew when it may have grown.</param>
    /// <param name="texts">As the entries.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadField(ReadOnlySpan<byte> text, ref int at, ref int last, ref Span<LineEntry> entries,
        ref ReadOnlySpan<byte> texts)
    {
        int field = last > 0 ? entries[last].Next : last < 0 ? entries[-last].FirstField : 0;
        int nameStart = at;
        uint series = SeriesId.None.Value;
        if (field != 0)
        {
            ref readonly LineEntry expected = ref entries[field];
            if (text[at..].StartsWith(texts.Slice(expected.Start, expected.Length)))
            {
                at += expected.Length;
                series = expected.Series;
            }
            else field = 0;
        }
        if (field == 0)
        {
            if (!TryFindField(text, ref at, out nameStart, ref last, out field)) return false;
            entries = cache.Entries;
            texts = cache.Texts;
            if (field != 0) series = entries[field].Series;
        }
        int nameEnd = at - 1;
        ValueFamily family = ReadValue(text, ref at, out ulong bits);
        if (family == ValueFamily.None) return false;
        last = field;
        if (family == ValueFamily.String && !isTextKept) return true;
        ref EventRow row = ref Rows.Next();
        row.Family = family;
        row.Bits = bits;
        row.Series = new SeriesId(series);
        if (series == SeriesId.None.Value) AddNew(nameStart, nameEnd, field);
        return true;
    }

    /// <summary>Finds a field that was not expected here, by its name.</summary>
    private bool TryFindField(ReadOnlySpan<byte> text, ref int at, out int nameStart, ref int last, out int field)
    {
        field = 0;
        bool isFirst = text[at - 1] == ' ';
        while (isFirst && at < text.Length && text[at] == ' ') at++;
        nameStart = at;
        while (true)
        {
            int found = text[at..].IndexOfAny(s_endOfName);
            if (found < 0) at = text.Length;
            else at += found;
            if (at == text.Length || text[at] == '\n')
                return Fail(at == nameStart && isFirst ? "missing fields" : "missing field value");
            if (text[at] == '=') break;
            if (text[at] is (byte)',' or (byte)' ') return Fail("invalid field format");
            at += LineKey.IsEscape(text, at) ? 2 : 1;
        }
        if (at == nameStart) return Fail("missing field key");
        at++;
        if (_line == 0) return true;
        ReadOnlySpan<byte> sent = text[nameStart..at];
        field = cache.Find(_line, sent);
        if (field == 0) field = cache.Add(_line, sent, SeriesId.None.Value);
        if (field == 0) return true;
        if (last > 0) cache.Entries[last].Next = field;
        else if (last < 0) cache.Entries[-last].FirstField = field;
        return true;
    }

    /// <summary>Notes the line's last point: its series is to be found when the whole line can be read.</summary>
    private void AddNew(int nameStart, int nameEnd, int field)
    {
        if (_newCount == _new.Length) Array.Resize(ref _new, 2 * _newCount);
        _new[_newCount++] = (nameStart, nameEnd, field, Rows.LastOfLine);
    }

    /// <summary>Gives the line's new points their series, or refuses them.</summary>
    private bool TryResolve(ReadOnlySpan<byte> text)
    {
        if (!_isKeyRead && !TryTakeKeyApart(text)) return false;
        foreach ((int start, int end, int field, int index) in _new.AsSpan(0, _newCount))
        {
            if (_key.ReadField(text[start..end], out ReadOnlySpan<byte> wire) is { } problem) return Fail(problem);
            ref EventRow row = ref Rows.OfLine(index);
            RefusalCode code = sink.Resolve(wire, row.Family, out row.Series);
            if (code != RefusalCode.None) Rows.Refuse(ref row, code);
            else if (field != 0) cache.Entries[field].Series = row.Series.Value;
        }
        return true;
    }

    private bool Fail(string problem)
    {
        _problem = problem;
        return false;
    }

    private void Note(ReadOnlySpan<byte> line)
    {
        Malformed++;
        if (_problems.Count == ShownLines) return;
        if (line.Length > MaxLineBytes) _problem = TooLong;
        line = line.Length > ShownBytes ? line[..ShownBytes] : line.TrimEnd((byte)'\r');
        string shown = Encoding.UTF8.GetString(line);
        if (_problems.Count == 0) ProblemLine = _number;
        _problems.Add(string.Create(CultureInfo.InvariantCulture,
            $"line {_number}: unable to parse '{shown}': {_problem}"));
    }
}
