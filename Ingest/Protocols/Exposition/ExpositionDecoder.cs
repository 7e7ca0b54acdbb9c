using System;
using System.Globalization;
using System.Text.Unicode;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Exposition;

/// <summary>Prometheus' text format 0.0.4 and OpenMetrics 1.0, with quoted names
/// (prometheus.io/docs/instrumenting/exposition_formats, prometheus.io/docs/specs/om/open_metrics_spec). A line that
/// can't be read is named and counted; the others stand. Reused; one thread; allocates nothing for lines that are fine.
/// <code>
/// sample    name [ "{" labels "}" ] value [ time ] [ "#" "{" labels "}" value [ time ] ]
/// labels    [ "quoted metric name" ] label { "," label } [ "," ]        label: name or "quoted name", "=", "value"
/// comment   "# HELP" name text | "# TYPE" name type | "# UNIT" name unit | "# EOF" | "#" anything
/// </code>
/// Times are milliseconds in the text format, seconds with a fraction in OpenMetrics; a sample without one is of now.
/// </summary>
/// <param name="precision">The sink's.</param>
/// <param name="batch">Receives the points; its owner clears it before and commits it afterwards.</param>
/// <param name="notes">Receives metadata and exemplars.</param>
internal sealed partial class ExpositionDecoder(Precision precision, WriteBatch batch, IMetricNotes notes)
{
    /// <summary>The longest line: room for the longest key. A longer one is passed over.</summary>
    public const int MaxLineBytes = WriteBatch.MaxKeyBytes + 65_536;

    private byte[] _unescaped = new byte[256];
    private readonly LabelNames _names = new(); // of one sample
    private bool _isOpenMetrics;
    private long _now;
    private string _expected = "";

    /// <summary>Where the first line that could not be read stands and what was expected; null when all could.
    /// </summary>
    public string? Problem { get; private set; }

    /// <summary>Lines that could not be read.</summary>
    public long Malformed { get; private set; }

    /// <summary>Decodes a text.</summary>
    /// <param name="text">In UTF-8; the last line need not end.</param>
    /// <param name="isOpenMetrics">Which format's times it has; an OpenMetrics text ends with `# EOF`, or is taken for
    /// cut: that line is missed, and what stands before it read.</param>
    /// <param name="now">The time of samples without one, in store precision.</param>
    public void Decode(ReadOnlySpan<byte> text, bool isOpenMetrics, long now)
    {
        (_isOpenMetrics, _now, Problem, Malformed) = (isOpenMetrics, now, null, 0);
        bool isEnded = !isOpenMetrics;
        long number = 1;
        for (; !text.IsEmpty; number++)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.EndsWith("\r"u8)) line = line[..^1];
            if (isOpenMetrics && line.SequenceEqual("# EOF"u8))
            {
                isEnded = true;
                if (!text.IsEmpty) Note(number + 1, "nothing behind # EOF");
                break;
            }
            if (!TryReadLine(line)) Note(number, _expected);
        }
        if (!isEnded) Note(number, "# EOF, the last line of OpenMetrics: the text may be cut");
    }

    private void Note(long line, string expected)
    {
        Malformed++;
        Problem ??= string.Create(CultureInfo.InvariantCulture, $"line {line}: expected {expected}");
    }

    private bool TryReadLine(ReadOnlySpan<byte> line)
    {
        if (line.Length > MaxLineBytes) return Fail("a line of at most 1114112 bytes");
        var rest = new LineReader(line);
        rest.SkipBlanks();
        if (rest.IsAtEnd) return true;
        return rest.TryTake('#') ? TryReadComment(ref rest) : TryReadSample(rest);
    }

    private bool TryReadSample(LineReader start)
    {
        LineReader line = start;
        if (!Utf8.IsValid(line.Rest)) return Fail("UTF-8");
        if (!TryReadSeries(ref line, toNotes: false)) return false;
        if (!TryReadNumber(ref line, "a value", out double value)) return false;
        long time = _now;
        RefusalCode refused = RefusalCode.None;
        if (!line.IsAtEndOr('#') && !TryReadTime(ref line, out time, out refused))
            return Fail(_isOpenMetrics ? "a time in seconds" : "a time in milliseconds");
        if (!line.IsAtEndOr('#')) return Fail("the end of the line");
        if (refused != RefusalCode.None)
        {
            batch.AddRefused(refused);
            return true;
        }
        batch.AddFloat(time, value);
        return line.IsAtEnd || TryReadExemplar(start, ref line, time);
    }

    /// <summary>Reads name and labels, for the batch, or once more for an exemplar.</summary>
    private bool TryReadSeries(ref LineReader line, bool toNotes)
    {
        ReadOnlySpan<byte> name = line.TakeName();
        LineReader labels = line;
        labels.SkipBlanks();
        bool hasLabels = labels.TryTake('{');
        if (name.IsEmpty && hasLabels)
        {
            labels.SkipBlanks();
            if (!TryReadQuoted(ref labels, out name)) return Fail("the quoted name of a metric first");
            labels.SkipBlanks();
            if (!labels.TryTake(',') && !labels.IsNext('}')) return Fail("a comma or a closing brace");
        }
        if (name.IsEmpty) return Fail("the name of a metric");
        if (toNotes) notes.SeriesLabel("__name__"u8, name);
        else batch.BeginSeries(name);
        if (!hasLabels) return true;
        line = labels;
        return TryReadLabels(ref line, toNotes ? LabelTarget.SeriesOfExemplar : LabelTarget.Batch);
    }

    /// <summary>Reads labels up to their closing brace.</summary>
    private bool TryReadLabels(ref LineReader line, LabelTarget target)
    {
        _names.Clear();
        while (true)
        {
            line.SkipBlanks();
            if (line.TryTake('}')) return !_names.HasTwins() || Fail("each label once");
            ReadOnlySpan<byte> name = line.TakeLabelName();
            if (name.IsEmpty && !TryReadQuoted(ref line, out name)) return Fail("the name of a label");
            // An escaped name lies in the buffer that its value may need.
            if (name.Overlaps(_unescaped)) name = name.ToArray();
            if (name.IsEmpty || name.Contains((byte)'=')) return Fail("the name of a label, without an equals sign");
            if (name.SequenceEqual("__name__"u8)) return Fail("one name, not a label __name__ besides it");
            _names.Add(name);
            line.SkipBlanks();
            if (!line.TryTake('=')) return Fail("an equals sign behind the name of a label");
            line.SkipBlanks();
            if (!TryReadQuoted(ref line, out ReadOnlySpan<byte> value)) return Fail("a quoted value of a label");
            Take(target, name, value);
            line.SkipBlanks();
            if (!line.TryTake(',') && !line.IsNext('}')) return Fail("a comma or a closing brace");
        }
    }

    private void Take(LabelTarget target, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (target == LabelTarget.Batch) batch.AddLabel(name, value);
        else if (target == LabelTarget.SeriesOfExemplar) notes.SeriesLabel(name, value);
        else notes.ExemplarLabel(name, value);
    }

    /// <summary>Reads a text in quotes; one with escapes lies in a buffer until the next is read.</summary>
    private bool TryReadQuoted(scoped ref LineReader line, out ReadOnlySpan<byte> text)
    {
        if (!line.TryTakeQuoted(out text)) return false;
        text = Unescape(text, isQuoteEscaped: true);
        return true;
    }

    /// <summary>The text without its escapes; with any, it lies in a buffer until the next is read.</summary>
    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> text, bool isQuoteEscaped)
    {
        if (!text.Contains((byte)'\\')) return text;
        if (_unescaped.Length < text.Length) _unescaped = new byte[Math.Max(text.Length, _unescaped.Length * 2)];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte next = text[i];
            byte escaped = next == '\\' && i + 1 < text.Length ? text[i + 1] : default;
            if (escaped is (byte)'n' or (byte)'\\' || (escaped == '"' && isQuoteEscaped))
            {
                next = escaped == 'n' ? (byte)'\n' : escaped;
                i++;
            }
            _unescaped[length++] = next;
        }
        return _unescaped.AsSpan(0, length);
    }

    private bool Fail(string expected)
    {
        _expected = expected;
        return false;
    }

    private enum LabelTarget
    {
        Batch,
        SeriesOfExemplar,
        Exemplar,
    }
}
