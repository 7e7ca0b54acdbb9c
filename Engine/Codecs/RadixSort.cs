using System;
using System.Runtime.CompilerServices;

namespace Slungd.Engine.Codecs;

/// <summary>Sorts numbers digit by digit, the lowest first, in linear time: residuals have few digits.</summary>
[SkipLocalsInit]
internal static class RadixSort
{
    private const int DigitBits = 11;

    /// <summary>Sorts in ascending order; the result is one of the two spans, which both are overwritten.</summary>
    /// <param name="numbers">What to sort.</param>
    /// <param name="other">As long.</param>
    /// <param name="greatest">No number is above it.</param>
    public static ReadOnlySpan<ulong> Run(Span<ulong> numbers, Span<ulong> other, ulong greatest)
    {
        Span<int> ends = stackalloc int[1 << DigitBits];
        for (int shift = 0; shift < 64 && greatest >> shift != 0; shift += DigitBits)
        {
            const ulong Mask = (1 << DigitBits) - 1;
            ends.Clear();
            foreach (ulong number in numbers) ends[(int)(number >> shift & Mask)]++;
            int sum = 0;
            foreach (ref int end in ends) sum = end += sum;
            for (int i = numbers.Length; i-- > 0;) other[--ends[(int)(numbers[i] >> shift & Mask)]] = numbers[i];
            Span<ulong> sorted = other;
            other = numbers;
            numbers = sorted;
        }
        return numbers;
    }
}
