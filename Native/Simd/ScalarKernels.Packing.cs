using System;
using System.Buffers.Binary;

namespace Slungd.Native.Simd;

internal sealed partial class ScalarKernels
{
    public override void Deltas(ReadOnlySpan<long> numbers, long before, Span<long> into)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            into[i] = numbers[i] - before;
            before = numbers[i];
        }
    }

    public override long PrefixSum(Span<long> deltas, long start)
    {
        foreach (ref long number in deltas) number = start += number;
        return start;
    }

    public override void AddLine(Span<long> numbers, long start, long step)
    {
        for (int i = 0; i < numbers.Length; i++) numbers[i] += start + i * step;
    }

    public override void PackBlock(ReadOnlySpan<long> numbers, long origin, int width, Span<byte> to)
    {
        for (int lane = 0; lane < BitPacking.RowLength; lane++)
        {
            ulong pending = 0;
            int used = 0, at = lane * sizeof(ulong);
            for (int i = lane; i < BitPacking.BlockLength; i += BitPacking.RowLength)
            {
                ulong bits = (ulong)(numbers[i] - origin);
                pending |= bits << used;
                used += width;
                if (used < 64) continue;
                BinaryPrimitives.WriteUInt64LittleEndian(to[at..], pending);
                at += BitPacking.RowLength * sizeof(ulong);
                used -= 64;
                pending = used == 0 ? 0 : bits >> width - used;
            }
        }
    }

    public override void UnpackBlock(ReadOnlySpan<byte> from, long origin, int width, Span<long> into)
    {
        ulong mask = ulong.MaxValue >> 64 - width;
        for (int lane = 0; lane < BitPacking.RowLength; lane++)
        {
            int bit = 0;
            for (int i = lane; i < BitPacking.BlockLength; i += BitPacking.RowLength, bit += width)
            {
                int word = bit >> 6, shift = bit & 63;
                ulong bits = LaneWord(from, lane, word) >> shift;
                if (shift + width > 64) bits |= LaneWord(from, lane, word + 1) << 64 - shift;
                into[i] = origin + (long)(bits & mask);
            }
        }
    }

    public override void UnpackDecimals(ReadOnlySpan<byte> from, long origin, int width, int digits, Span<long> into)
    {
        UnpackBlock(from, origin, width, into);
        FromDecimals(into, digits);
    }

    public override long UnpackRunningDecimals(ReadOnlySpan<byte> from, long origin, int width, long start, int digits,
        Span<long> into)
    {
        UnpackBlock(from, origin, width, into);
        return PrefixSumDecimals(into, start, digits);
    }

    public override void SumBlock(ReadOnlySpan<byte> from, int width, out long sum, out long sumOfSums)
    {
        Span<long> numbers = stackalloc long[BitPacking.BlockLength];
        UnpackBlock(from, 0, width, numbers);
        (sum, sumOfSums) = (0, 0);
        foreach (long number in numbers) sumOfSums += sum += number;
    }

    public override long PrefixSumDecimals(Span<long> deltas, long start, int digits)
    {
        start = PrefixSum(deltas, start);
        FromDecimals(deltas, digits);
        return start;
    }

    public override int ToDecimals(ReadOnlySpan<double> values, int digits, Span<long> into, Span<ushort> misses)
    {
        int missCount = 0;
        long last = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (DecimalScale.TryGet(values[i], digits, out long integer)) last = integer;
            else misses[missCount++] = (ushort)i;
            into[i] = last;
        }
        return missCount;
    }

    public override void FromDecimals(Span<long> numbers, int digits)
    {
        double power = DecimalScale.Power(digits);
        for (int i = 0; i < numbers.Length; i++)
        {
            double integer = BitConverter.Int64BitsToDouble(numbers[i] + DecimalScale.MagicBits) - DecimalScale.Magic;
            numbers[i] = BitConverter.DoubleToInt64Bits(integer / power);
        }
    }

    private static ulong LaneWord(ReadOnlySpan<byte> from, int lane, int word) =>
        BinaryPrimitives.ReadUInt64LittleEndian(from[((word * BitPacking.RowLength + lane) * sizeof(ulong))..]);
}
