using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Simd;

/// <summary>Columns of integers at a fixed width in bits, each as its distance from an origin. Full blocks of 512 are
/// laid out for SIMD: 8 lanes of 64 numbers, number i in lane i % 8, row i / 8. A lane is a stream of bits, low bits
/// first, row r at bits r * width; word w of lane l is the little-endian u64 at byte (8 w + l) * 8 of the block, which
/// is 64 * width bytes long. So all lanes of a row shift by the same count. What is left after the last full block is
/// one stream of bits, low bits first.</summary>
internal static class BitPacking
{
    public const int BlockLength = 512;

    /// <summary>Numbers of a row: the most lanes a vector may have.</summary>
    public const int RowLength = 8;

    public const int MaxWidth = 64;

    /// <summary>The widest numbers whose sums of sums stay below 2^63 in a block.</summary>
    public const int MaxSumWidth = 40;

    /// <summary>The widest numbers of which two rows are summed at once, in 32 bits each: 8 of them add 3 bits.
    /// </summary>
    public const int MaxRunningWidth = 29;

    /// <summary>Bytes of so many numbers.</summary>
    public static int SizeOf(int count, int width)
    {
        int tail = count % BlockLength;
        return count / BlockLength * (BlockLength / 8 * width) + (tail * width + 7) / 8;
    }

    /// <summary>Writes numbers[i] - origin, which all fit in <paramref name="width"/> bits; exactly
    /// <see cref="SizeOf"/> bytes.</summary>
    public static void Pack(ReadOnlySpan<long> numbers, long origin, int width, Span<byte> to)
    {
        Invariant.Check(width is >= 0 and <= MaxWidth);
        Invariant.Equal(to.Length, SizeOf(numbers.Length, width));
        if (width == 0) return;
        for (; numbers.Length >= BlockLength; numbers = numbers[BlockLength..])
        {
            Kernels.Set.PackBlock(numbers[..BlockLength], origin, width, to[..(BlockLength / 8 * width)]);
            to = to[(BlockLength / 8 * width)..];
        }
        PackTail(numbers, origin, width, to);
    }

    /// <summary>Restores numbers; <paramref name="from"/> is exactly <see cref="SizeOf"/> bytes.</summary>
    public static void Unpack(ReadOnlySpan<byte> from, long origin, int width, Span<long> into)
    {
        Invariant.Check(width is >= 0 and <= MaxWidth);
        Invariant.Equal(from.Length, SizeOf(into.Length, width));
        if (width == 0)
        {
            into.Fill(origin);
            return;
        }
        for (; into.Length >= BlockLength; into = into[BlockLength..])
        {
            Kernels.Set.UnpackBlock(from[..(BlockLength / 8 * width)], origin, width, into[..BlockLength]);
            from = from[(BlockLength / 8 * width)..];
        }
        UnpackTail(from, origin, width, into);
    }

    /// <summary><see cref="Unpack"/>, then each number as the bits of the float nearest to it / 10^digits.</summary>
    public static void UnpackDecimals(ReadOnlySpan<byte> from, long origin, int width, int digits, Span<long> into)
    {
        if (width > 0 && into.Length == BlockLength)
        {
            Invariant.Equal(from.Length, SizeOf(BlockLength, width));
            Kernels.Set.UnpackDecimals(from, origin, width, digits, into);
            return;
        }
        Unpack(from, origin, width, into);
        Kernels.FromDecimals(into, digits);
    }

    /// <summary>A full block: <see cref="Unpack"/>, then running sums from <paramref name="last"/>, which becomes the
    /// last of them, then each as the bits of the float nearest to it / 10^digits. False, and nothing is done, when the
    /// numbers are too wide or might become too great for doing it in one.</summary>
    public static bool TryUnpackRunningDecimals(ReadOnlySpan<byte> from, long origin, int width, ref long last,
        int digits, Span<long> into)
    {
        // Within a block the sums move by less than 512 (2^40 + 2^29).
        const long MaxOrigin = 1L << 40, MaxLast = 1L << 50;
        if (into.Length != BlockLength || width is 0 or > MaxRunningWidth) return false;
        if (origin is < -MaxOrigin or > MaxOrigin || last is < -MaxLast or > MaxLast) return false;
        Invariant.Equal(from.Length, SizeOf(BlockLength, width));
        last = Kernels.Set.UnpackRunningDecimals(from, origin, width, last, digits, into);
        return true;
    }

    /// <inheritdoc cref="KernelSet.SumBlock"/>
    public static void SumBlock(ReadOnlySpan<byte> from, int width, out long sum, out long sumOfSums)
    {
        Invariant.Check(width is >= 0 and <= MaxSumWidth);
        Invariant.Equal(from.Length, SizeOf(BlockLength, width));
        (sum, sumOfSums) = (0, 0);
        if (width > 0) Kernels.Set.SumBlock(from, width, out sum, out sumOfSums);
    }

    /// <summary>One of so many packed numbers, as packed.</summary>
    public static ulong At(ReadOnlySpan<byte> from, int count, int width, int index)
    {
        Invariant.Check(width is >= 1 and <= MaxWidth && (uint)index < (uint)count);
        ulong mask = ulong.MaxValue >> 64 - width;
        int full = count - count % BlockLength;
        if (index >= full) return BitsAt(from[SizeOf(full, width)..], (index - full) * width, width) & mask;
        int row = (index & BlockLength - 1) / RowLength, bit = row * width, blockLength = BlockLength / 8 * width;
        from = from.Slice((int)((uint)index / BlockLength) * blockLength + index % RowLength * sizeof(ulong));
        // The last word has no next one to take bits from, and needs none.
        int word = bit / 64, next = Math.Min(word + 1, width - 1);
        ulong low = BinaryPrimitives.ReadUInt64LittleEndian(from[(word * RowLength * sizeof(ulong))..]);
        ulong high = BinaryPrimitives.ReadUInt64LittleEndian(from[(next * RowLength * sizeof(ulong))..]);
        return (low >> bit | high << 1 << ~bit) & mask;
    }

    private static void PackTail(ReadOnlySpan<long> numbers, long origin, int width, Span<byte> to)
    {
        ulong pending = 0;
        int used = 0, at = 0;
        if (width <= 16)
        {
            // Four at a time, which do not wait for each other.
            for (; numbers.Length >= 4; numbers = numbers[4..])
            {
                ulong low = (ulong)(numbers[0] - origin) | (ulong)(numbers[1] - origin) << width;
                ulong high = (ulong)(numbers[2] - origin) | (ulong)(numbers[3] - origin) << width;
                Append(low | high << 2 * width, 4 * width, ref pending, ref used, to, ref at);
            }
        }
        foreach (long number in numbers)
        {
            ulong bits = (ulong)(number - origin);
            DebugCheck.That(width == 64 || bits >> width == 0);
            Append(bits, width, ref pending, ref used, to, ref at);
        }
        for (; used > 0; used -= 8, pending >>= 8) to[at++] = (byte)pending;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Append(ulong bits, int width, ref ulong pending, ref int used, Span<byte> to, ref int at)
    {
        pending |= bits << used;
        used += width;
        if (used < 64) return;
        BinaryPrimitives.WriteUInt64LittleEndian(to[at..], pending);
        at += sizeof(ulong);
        used -= 64;
        pending = used == 0 ? 0 : bits >> width - used;
    }

    private static void UnpackTail(ReadOnlySpan<byte> from, long origin, int width, Span<long> into)
    {
        ulong mask = ulong.MaxValue >> 64 - width;
        int i = 0, bit = 0;
        // One unaligned load holds any number of up to 57 bits; the last 8 bytes are left to the careful loop.
        if (width <= 57)
        {
            int safe = (from.Length - sizeof(ulong)) * 8;
            ref byte first = ref MemoryMarshal.GetReference(from);
            for (; i < into.Length && bit <= safe; i++, bit += width)
            {
                ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, bit >> 3));
                into[i] = origin + (long)(word >> (bit & 7) & mask);
            }
        }
        for (; i < into.Length; i++, bit += width) into[i] = origin + (long)(BitsAt(from, bit, width) & mask);
    }

    private static ulong BitsAt(ReadOnlySpan<byte> from, int bit, int width)
    {
        ulong bits = 0;
        for (int got = -(bit & 7), at = bit >> 3; got < width; got += 8, at++)
            bits |= got < 0 ? (ulong)from[at] >> -got : (ulong)from[at] << got;
        return bits;
    }
}
