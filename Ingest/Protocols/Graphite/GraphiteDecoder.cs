using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Ingest.Protocols.Graphite;

/// <summary>Carbon's plaintext protocol (graphite.readthedocs.io/en/latest/feeding-carbon.html): a line is
/// `path value [time]`, times are seconds since the epoch, perhaps with a fraction; -1, N or none is now. What can't be
/// read is counted, and nobody is told: the protocol has no answers. NaN is passed over, as carbon does. One thread.
/// </summary>
/// <param name="sink">Resolves series, takes points.</param>
/// <param name="cache">Paths that came before.</param>
/// <param name="templates">From path to tags; the first that fits.</param>
internal sealed class GraphiteDecoder(IEventSink sink, LineCache cache, IReadOnlyList<GraphiteTemplate> templates)
{
    /// <summary>A path and its numbers.</summary>
    public const int MaxLineBytes = GraphiteKey.MaxPathBytes + 128;

    private const int ShownBytes = 128;
    private const double MaxWholeSeconds = 1L << 53;

    private readonly GraphiteKey _key = new(templates);
    private int _last; // the entry of the path before

    public LineRows Rows { get; } = new(sink);

    /// <summary>Lines and points that could not be read.</summary>
    public long Malformed { get; set; }

    /// <summary>The last of them, cut short.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads whole lines.</summary>
    /// <param name="text">Lines.</param>
    /// <param name="isEnd">The last line need not end.</param>
    /// <param name="now">In store precision.</param>
    /// <returns>How many bytes were taken.</returns>
    public int Decode(ReadOnlySpan<byte> text, bool isEnd, long now)
    {
        int at = 0;
        while (at < text.Length)
        {
            int end = text[at..].IndexOf((byte)'\n');
            if (end < 0 && !isEnd) break;
            ReadOnlySpan<byte> line = end < 0 ? text[at..] : text.Slice(at, end);
            at += end < 0 ? line.Length : end + 1;
            if (!TryReadLine(line.TrimEnd((byte)'\r'), now)) Note(line);
        }
        return at;
    }

    /// <summary>Takes a point that came in another form.</summary>
    /// <returns>False when it is none.</returns>
    public bool TryAdd(ReadOnlySpan<byte> path, double seconds, double value, long now)
    {
        long time = now;
        if (seconds != -1 && !TryConvert(seconds, out time)) return false;
        return TryAdd(path, time, value);
    }

    /// <summary>Counts what could not be read.</summary>
    public void Note(ReadOnlySpan<byte> what)
    {
        Malformed++;
        Problem = Encoding.UTF8.GetString(what.Length > ShownBytes ? what[..ShownBytes] : what);
    }

    private bool TryReadLine(ReadOnlySpan<byte> line, long now)
    {
        ReadOnlySpan<byte> path = TakeWord(ref line);
        if (path.IsEmpty) return true; // a blank line
        ReadOnlySpan<byte> number = TakeWord(ref line), when = TakeWord(ref line);
        if (!TakeWord(ref line).IsEmpty || !NumberText.TryRead(number, out double value)) return false;
        long time = now;
        bool isNow = when.IsEmpty || when.SequenceEqual("-1"u8) || when.SequenceEqual("N"u8);
        if (!isNow)
        {
            bool isRead = SecondsText.TryRead(when, sink.Precision, out time, out bool fits) && fits;
            if (!isRead) return false;
            // -1.0 is now, too.
            if (time < 0 && NumberText.TryRead(when, out double seconds) && seconds == -1) time = now;
        }
        return TryAdd(path, time, value);
    }

    private bool TryAdd(ReadOnlySpan<byte> path, long time, double value)
    {
        if (double.IsNaN(value)) return true;
        if (path.Length > GraphiteKey.MaxPathBytes) return false; // before it is looked up
        Span<LineEntry> entries = cache.Entries;
        int entry = _last < entries.Length ? entries[_last].Next : 0;
        if (entry == 0 || !path.SequenceEqual(cache.Texts.Slice(entries[entry].Start, entries[entry].Length)))
        {
            entry = cache.Find(0, path);
            if (entry != 0) entries[_last].Next = entry;
        }
        ref EventRow row = ref Rows.Next();
        row.Family = ValueFamily.Float;
        row.Bits = BitConverter.DoubleToUInt64Bits(value);
        if (entry != 0) row.Series = new SeriesId(cache.Entries[entry].Series);
        else if (!TryResolve(path, ref row, out entry))
        {
            Rows.DropLine();
            return false;
        }
        _last = entry;
        Rows.EndLine(0, time);
        return true;
    }

    private bool TryResolve(ReadOnlySpan<byte> path, ref EventRow row, out int entry)
    {
        entry = 0;
        if (!_key.TryRead(path, out ReadOnlySpan<byte> wire)) return false;
        RefusalCode code = sink.Resolve(wire, ValueFamily.Float, out row.Series);
        if (code != RefusalCode.None) Rows.Refuse(ref row, code);
        else entry = cache.Add(0, path, row.Series.Value);
        Span<LineEntry> entries = cache.Entries;
        if (entry != 0 && _last < entries.Length) entries[_last].Next = entry;
        return true;
    }

    /// <summary>The time that the sender meant: its shortest decimal. A double lies above or below it.</summary>
    /// <returns>False when it does not fit.</returns>
    private bool TryConvert(double seconds, out long time)
    {
        if (seconds == Math.Floor(seconds) && Math.Abs(seconds) < MaxWholeSeconds) // most are; formatting is slow
            return sink.Precision.TryConvert((long)seconds, Precision.Seconds, out time);
        Span<byte> text = stackalloc byte[32];
        bool isWritten = seconds.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        Invariant.Check(isWritten, "a double has at most 24 bytes");
        return SecondsText.TryRead(text[..length], sink.Precision, out time, out bool fits) && fits;
    }

    private static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> line)
    {
        line = line.TrimStart(" \t"u8);
        int end = line.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> word = end < 0 ? line : line[..end];
        line = line[word.Length..];
        return word;
    }
}
