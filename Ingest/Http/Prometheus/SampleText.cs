using System;
using System.Buffers.Text;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>Floats and times as Prometheus' answers write them, in UTF-8.</summary>
internal static class SampleText
{
    /// <summary>No text is longer.</summary>
    public const int MaxBytes = DecimalText.MaxBytes;

    /// <summary>The shortest decimal that reads back the same; with an exponent of two digits at least below 1e-6 and
    /// from 1e21 on; `NaN`, `+Inf`, `-Inf`.</summary>
    public static int WriteValue(double value, Span<byte> into)
    {
        double magnitude = Math.Abs(value);
        if (!double.IsFinite(value) || magnitude == 0 || magnitude is >= 1e-6 and < 1e21)
            return WritePlain(value, into);
        // .NET writes such numbers as 1.5E-07 and 1E+21.
        int length = DecimalText.WriteShort(value, into);
        into[into[..length].IndexOf((byte)'E')] = (byte)'e';
        return length;
    }

    /// <summary>As <see cref="WriteValue"/>, but never with an exponent.</summary>
    public static int WritePlain(double value, Span<byte> into)
    {
        if (double.IsNaN(value)) return Copy("NaN"u8, into);
        if (double.IsInfinity(value)) return Copy(value > 0 ? "+Inf"u8 : "-Inf"u8, into);
        return DecimalText.Write(value, into);
    }

    /// <summary>Milliseconds as seconds, with three decimals unless they are whole.</summary>
    public static int WriteTime(long milliseconds, Span<byte> into)
    {
        (long seconds, long rest) = Math.DivRem(milliseconds, 1000);
        int at = 0;
        if (milliseconds < 0)
        {
            into[at++] = (byte)'-';
            (seconds, rest) = (-seconds, -rest);
        }
        Utf8Formatter.TryFormat((ulong)seconds, into[at..], out int length);
        at += length;
        if (rest == 0) return at;
        into[at++] = (byte)'.';
        for (long unit = 100; unit > 0; unit /= 10)
        {
            into[at++] = (byte)('0' + rest / unit);
            rest %= unit;
        }
        return at;
    }

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> into)
    {
        text.CopyTo(into);
        return text.Length;
    }
}
