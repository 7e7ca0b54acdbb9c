using System;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Exposition;

/// <summary>Numbers, times, comments and exemplars.</summary>
internal sealed partial class ExpositionDecoder
{
    private const NumberStyles FloatStyle =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private const int ShownBytes = 64;

    /// <summary>As Go's ParseFloat, which is Prometheus': a number beyond the floats is none.</summary>
    private bool TryReadNumber(ref LineReader line, string expected, out double value)
    {
        ReadOnlySpan<byte> word = line.TakeWord();
        ReadOnlySpan<byte> unsigned = Unsigned(word);
        if (Ascii.EqualsIgnoreCase(unsigned, "inf"u8) || Ascii.EqualsIgnoreCase(unsigned, "infinity"u8))
        {
            value = word[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }
        value = double.NaN;
        if (Ascii.EqualsIgnoreCase(word, "nan"u8)) return true;
        if (!IsNumeric(word) || !double.TryParse(word, FloatStyle, CultureInfo.InvariantCulture, out value))
            return Fail(expected);
        if (double.IsFinite(value)) return true;
        string shown = Encoding.UTF8.GetString(word.Length > ShownBytes ? word[..ShownBytes] : word);
        return Fail($"{expected} that fits into a 64-bit float, got {shown}");
    }

    /// <summary>Digits and points at both ends: .NET reads words, and passes over zero bytes behind a number.</summary>
    private static bool IsNumeric(ReadOnlySpan<byte> word) =>
        Unsigned(word) is [>= (byte)'0' and <= (byte)'9' or (byte)'.', ..]
        && word[^1] is >= (byte)'0' and <= (byte)'9' or (byte)'.';

    private static ReadOnlySpan<byte> Unsigned(ReadOnlySpan<byte> word) =>
        word is [(byte)'+' or (byte)'-', ..] ? word[1..] : word;

    /// <summary>Reads a time; one that the store does not have is refused, with its point.</summary>
    private bool TryReadTime(ref LineReader line, out long time, out RefusalCode refused)
    {
        ReadOnlySpan<byte> word = line.TakeWord();
        (time, refused) = (0, RefusalCode.None);
        if (!IsNumeric(word)) return false;
        bool fits;
        if (_isOpenMetrics)
        {
            if (!SecondsText.TryRead(word, precision, out time, out fits)) return false;
        }
        else
        {
            const NumberStyles style = NumberStyles.AllowLeadingSign;
            if (!long.TryParse(word, style, CultureInfo.InvariantCulture, out long milliseconds)) return false;
            fits = precision.TryConvert(milliseconds, Precision.Milliseconds, out time);
        }
        if (!fits) refused = word[0] == '-' ? RefusalCode.TooOld : RefusalCode.TooNew;
        return true;
    }

    /// <summary>`# {labels} value [time]`, behind a sample that was taken already.</summary>
    /// <param name="series">The sample's name and labels.</param>
    /// <param name="line">At the `#`.</param>
    /// <param name="time">The sample's, for an exemplar without one, as Prometheus has it.</param>
    private bool TryReadExemplar(LineReader series, ref LineReader line, long time)
    {
        LineReader exemplar = line;
        exemplar.TryTake('#');
        exemplar.SkipBlanks();
        if (!exemplar.TryTake('{')) return Fail("the labels of an exemplar");
        LineReader labels = exemplar;
        if (!exemplar.TrySkipLabels()) return Fail("the end of an exemplar's labels");
        if (!TryReadNumber(ref exemplar, "an exemplar's value", out double value)) return false;
        RefusalCode refused = RefusalCode.None;
        if (!exemplar.IsAtEndOr('#') && !TryReadTime(ref exemplar, out time, out refused))
            return Fail("an exemplar's time");
        if (!exemplar.IsAtEnd) return Fail("the end of the line");
        if (refused != RefusalCode.None) return true;
        notes.BeginExemplars();
        if (!TryReadSeries(ref series, toNotes: true)) return false;
        notes.BeginExemplar(time, value);
        if (!TryReadLabels(ref labels, LabelTarget.Exemplar)) return false;
        notes.EndExemplar();
        return true;
    }

    /// <summary>Behind the `#`: metadata, or nothing of interest.</summary>
    private bool TryReadComment(ref LineReader line)
    {
        ReadOnlySpan<byte> keyword = line.TakeWord();
        bool isHelp = keyword.SequenceEqual("HELP"u8), isType = keyword.SequenceEqual("TYPE"u8);
        if (!isHelp && !isType && !keyword.SequenceEqual("UNIT"u8)) return true;
        line.SkipBlanks();
        ReadOnlySpan<byte> name = line.TakeName();
        if (name.IsEmpty && !TryReadQuoted(ref line, out name)) return Fail("the name of a metric");
        if (name.Overlaps(_unescaped)) name = name.ToArray();
        line.SkipBlanks();
        if (isHelp) notes.Help(name, Unescape(line.Rest, isQuoteEscaped: _isOpenMetrics));
        else if (!isType) notes.Unit(name, line.Rest);
        else if (MetricTypes.TryParse(line.TakeWord(), out MetricType type)) notes.Type(name, type);
        else return Fail("a type: counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown");
        return true;
    }
}
