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

    private static bool TryReadNumber(ref LineReader line, out double value)
    {
        ReadOnlySpan<byte> word = line.TakeWord();
        if (double.TryParse(word, FloatStyle, CultureInfo.InvariantCulture, out value)) return true;
        ReadOnlySpan<byte> unsigned = word.StartsWith("+"u8) || word.StartsWith("-"u8) ? word[1..] : word;
        if (Ascii.EqualsIgnoreCase(unsigned, "inf"u8) || Ascii.EqualsIgnoreCase(unsigned, "infinity"u8))
        {
            value = word[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }
        value = double.NaN;
        return Ascii.EqualsIgnoreCase(word, "nan"u8);
    }

    private bool TryReadTime(ref LineReader line, out long time)
    {
        ReadOnlySpan<byte> word = line.TakeWord();
        time = 0;
        if (_isOpenMetrics)
        {
            if (!decimal.TryParse(word, FloatStyle, CultureInfo.InvariantCulture, out decimal seconds)) return false;
            decimal most = long.MaxValue / (decimal)precision.PerSecond();
            if (seconds > most || seconds < -most) return false;
            time = (long)decimal.Floor(seconds * precision.PerSecond());
            return true;
        }
        return long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long milliseconds)
            && precision.TryConvert(milliseconds, Precision.Milliseconds, out time);
    }

    /// <summary>`# {labels} value [time]`, behind a sample that was taken already.</summary>
    private bool TryReadExemplar(LineReader series, ref LineReader line)
    {
        LineReader exemplar = line;
        exemplar.TryTake('#');
        exemplar.SkipBlanks();
        if (!exemplar.TryTake('{')) return Fail("the labels of an exemplar");
        LineReader labels = exemplar;
        if (!exemplar.TrySkipLabels()) return Fail("the end of an exemplar's labels");
        if (!TryReadNumber(ref exemplar, out double value)) return Fail("an exemplar's value");
        long time = _now;
        if (!exemplar.IsAtEndOr('#') && !TryReadTime(ref exemplar, out time)) return Fail("an exemplar's time");
        if (!exemplar.IsAtEnd) return Fail("the end of the line");
        notes.BeginExemplar(time, value);
        bool isRead = TryReadSeries(ref series, toNotes: true) && TryReadLabels(ref labels, LabelTarget.Exemplar);
        if (isRead) notes.EndExemplar();
        return isRead;
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
