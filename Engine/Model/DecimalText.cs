using System;
using System.Globalization;
using Slungd.Native.Checks;

namespace Slungd.Engine.Model;

/// <summary>Floats as the shortest decimal text that reads back as the same float, never with an exponent.</summary>
internal static class DecimalText
{
    /// <summary>No text is longer: a sign, "0.", 323 zeros and 17 digits.</summary>
    public const int MaxBytes = 344;

    /// <summary>No text with an exponent is longer: a sign, 17 digits, a point, `E-324`.</summary>
    public const int MaxShortBytes = 24;

    private const ulong FractionBits = (1UL << 52) - 1;

    /// <summary>No two decimals of 15 digits are the same float: who finds one of them that is the float has found the
    /// shortest.</summary>
    private const double MostDigits = 1e15;

    /// <summary>Writes a finite number.</summary>
    /// <param name="value">Finite.</param>
    /// <param name="into">At least <see cref="MaxBytes"/>.</param>
    /// <returns>The length of the text.</returns>
    public static int Write(double value, Span<byte> into)
    {
        DebugCheck.That(double.IsFinite(value));
        // What is measured and counted mostly has few decimals: that is found several times faster.
        if (TryWriteFew(value, 1, 0, into, out int few) || TryWriteFew(value, 1e3, 3, into, out few)
            || TryWriteFew(value, 1e6, 6, into, out few)) return few;
        Span<byte> text = stackalloc byte[MaxShortBytes];
        int length = WriteShort(value, text);
        text = text[..length];
        int e = text.IndexOf((byte)'E');
        if (e < 0)
        {
            text.CopyTo(into);
            return length;
        }
        bool parsed = int.TryParse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out int exponent);
        Invariant.Check(parsed);
        return Spread(text[..e], exponent, into);
    }

    /// <summary>As <see cref="Write"/>, but as .NET does: with an exponent below 1e-4 (`E-05`) and from 1e15 on.
    /// </summary>
    /// <param name="value">Finite.</param>
    /// <param name="into">At least <see cref="MaxShortBytes"/>.</param>
    public static int WriteShort(double value, Span<byte> into)
    {
        bool fits = value.TryFormat(into, out int length, default, CultureInfo.InvariantCulture);
        Invariant.Check(fits);
        // Below a power of two floats lie closer than above it: of some .NET writes a decimal that is the float below.
        bool isPowerOfTwo = (BitConverter.DoubleToUInt64Bits(value) & FractionBits) == 0;
        if (!isPowerOfTwo || double.Parse(into[..length], CultureInfo.InvariantCulture) == value) return length;
        fits = value.TryFormat(into, out length, "G17", CultureInfo.InvariantCulture);
        Invariant.Check(fits);
        return length;
    }

    /// <summary>Writes a number that has at most so many decimals; false for any other, and for long ones.</summary>
    private static bool TryWriteFew(double value, double power, int decimals, Span<byte> into, out int length)
    {
        double magnitude = Math.Abs(value);
        double scaled = Math.Round(magnitude * power);
        length = 0;
        if (scaled >= MostDigits || scaled / power != magnitude) return false;
        ulong digits = (ulong)scaled;
        for (; decimals > 0 && digits % 10 == 0; decimals--) digits /= 10;
        Span<byte> text = stackalloc byte[24];
        int at = text.Length;
        for (int i = 0; digits > 0 || i <= decimals; i++, digits /= 10)
        {
            if (i == decimals && decimals > 0) text[--at] = (byte)'.';
            text[--at] = (byte)('0' + digits % 10);
        }
        if (double.IsNegative(value)) text[--at] = (byte)'-';
        text[at..].CopyTo(into);
        length = text.Length - at;
        return true;
    }

    /// <summary>Writes `[-]d[.ddd]` times ten to the exponent in plain digits.</summary>
    private static int Spread(ReadOnlySpan<byte> mantissa, int exponent, Span<byte> into)
    {
        int at = 0;
        if (mantissa[0] == '-')
        {
            into[at++] = (byte)'-';
            mantissa = mantissa[1..];
        }
        Span<byte> digits = stackalloc byte[20];
        mantissa[..1].CopyTo(digits);
        int count = 1;
        if (mantissa.Length > 2)
        {
            mantissa[2..].CopyTo(digits[1..]);
            count = mantissa.Length - 1;
        }
        digits = digits[..count];
        if (exponent < 0)
        {
            "0."u8.CopyTo(into[at..]);
            at += 2;
            into.Slice(at, -exponent - 1).Fill((byte)'0');
            at += -exponent - 1;
            digits.CopyTo(into[at..]);
            return at + count;
        }
        Invariant.Check(exponent >= count - 1); // .NET writes an exponent only from 1E+15 on, where no fraction is left
        digits.CopyTo(into[at..]);
        at += count;
        into.Slice(at, exponent - count + 1).Fill((byte)'0');
        return at + exponent - count + 1;
    }
}
