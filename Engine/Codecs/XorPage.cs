using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;

namespace Slungd.Engine.Codecs;

/// <summary>Floats by what differs from the one before (Gorilla, VLDB 2015, section 4.1.2): id, then bit codes, most
/// significant bit first. The first value in 64 bits; then each value's xor with the one before: `0` the same; `10` and
/// the bits inside the last window; `11`, 5 bits leading zeros (at most 31), 6 bits length - 1, and as many bits, which
/// are the new window.</summary>
[SkipLocalsInit] // buffers on the stack are written before they are read
internal static class XorPage
{
    private const int MaxLeading = 31;
    private const int RunLength = 32;
    private const int Runs = 4;

    /// <summary>False when it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(ReadOnlySpan<ulong> values, Span<byte> to, out int length)
    {
        to[0] = (byte)PageEncoding.ValuesXor;
        var writer = new BitWriter(to[1..]);
        ulong previous = values[0];
        writer.Write(previous, 64);
        int leading = 0, size = 0; // the window; none yet
        foreach (ulong value in values[1..])
        {
            ulong changed = value ^ previous;
            previous = value;
            if (changed == 0)
            {
                writer.Write(0, 1);
                continue;
            }
            int zeros = Math.Min(BitOperations.LeadingZeroCount(changed), MaxLeading);
            int trailing = BitOperations.TrailingZeroCount(changed);
            if (zeros >= leading && trailing >= 64 - leading - size && size != 0)
            {
                writer.Write(0b10, 2);
                writer.Write(changed >> 64 - leading - size, size);
                continue;
            }
            leading = zeros;
            size = 64 - zeros - trailing;
            writer.Write(0b11ul << 11 | (uint)zeros << 6 | (uint)(size - 1), 13);
            writer.Write(changed >> trailing, size);
        }
        length = 1 + writer.Finish();
        return !writer.Overflowed;
    }

    /// <summary>About how many bytes <see cref="TryEncode"/> would take, from four short runs.</summary>
    public static int Estimate(ReadOnlySpan<ulong> values)
    {
        Span<byte> trial = stackalloc byte[RunLength * 10];
        if (values.Length <= Runs * RunLength) return MeasureRun(values, stackalloc byte[Runs * RunLength * 10]);
        int bytes = 0;
        for (int run = 0; run < Runs; run++)
        {
            int start = run * (values.Length - RunLength) / (Runs - 1);
            bytes += MeasureRun(values.Slice(start, RunLength), trial) - 1 - sizeof(ulong);
        }
        return bytes * values.Length / (Runs * (RunLength - 1));
    }

    public static bool TryDecode(ReadOnlySpan<byte> body, Span<ulong> into)
    {
        var reader = new BitReader(body);
        ulong value = reader.Read(64);
        into[0] = value;
        int size = 0, shift = 0;
        for (int i = 1; i < into.Length; i++)
        {
            ulong code = reader.Peek();
            if (code >> 63 == 0)
            {
                reader.Skip(1);
                into[i] = value;
                continue;
            }
            if (code >> 62 == 0b10)
            {
                if (size == 0) return false;
                reader.Skip(2);
            }
            else
            {
                int leading = (int)(code >> 57) & 31;
                size = ((int)(code >> 51) & 63) + 1;
                shift = 64 - leading - size;
                if (shift < 0) return false;
                reader.Skip(13);
            }
            value ^= reader.Read(size) << shift;
            into[i] = value;
        }
        return !reader.Overrun && reader.Consumed == body.Length;
    }

    private static int MeasureRun(ReadOnlySpan<ulong> values, Span<byte> trial)
    {
        TryEncode(values, trial, out int length);
        return length;
    }
}
