using System;
using System.Buffers.Text;
using System.Text;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols;

/// <summary>Numbers as lines of text have them.</summary>
internal static class NumberText
{
    /// <summary>A plain number; Utf8Parser is right, and slow.</summary>
    public static bool TryRead(ReadOnlySpan<byte> word, out double value)
    {
        ulong digits = 0;
        int point = -1, i = word.StartsWith("-"u8) ? 1 : 0, first = i;
        for (; i < word.Length; i++)
        {
            uint digit = (uint)word[i] - '0';
            if (digit <= 9) digits = digits * 10 + digit;
            else if (word[i] == '.' && point < 0) point = i;
            else break;
        }
        int count = i - first - (point < 0 ? 0 : 1);
        if (i == word.Length && count is > 0 and <= DecimalDouble.MaxDigits)
        {
            ulong sign = first == 1 ? 1UL << 63 : 0;
            value = BitConverter.UInt64BitsToDouble(
                DecimalDouble.Bits(digits, point < 0 ? 0 : point + 1 - i) | sign);
            return true;
        }
        if (Utf8Parser.TryParse(word, out value, out int used) && used == word.Length) return true;
        // As Python writes them, whose words most of these are.
        ReadOnlySpan<byte> name = word.Length > 0 && word[0] is (byte)'+' or (byte)'-' ? word[1..] : word;
        bool isInfinity = Ascii.EqualsIgnoreCase(name, "inf"u8);
        value = !isInfinity ? double.NaN : word[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        return isInfinity || Ascii.EqualsIgnoreCase(name, "nan"u8);
    }
}
