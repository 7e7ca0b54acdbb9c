using System;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

internal static partial class PackedIntegers
{
    /// <summary>The sum of a column whose numbers are below 2^51 in magnitude, as those of decimals are; false when the
    /// body is not sound.</summary>
    public static bool TrySum(ReadOnlySpan<byte> body, int count, out Int128 sum)
    {
        sum = 0;
        int at = 1;
        if (body.IsEmpty || body[0] > (IntegerModel.DeltaFlag | IntegerModel.ScaleFlag | BinnedFlag)) return false;
        if (!IntegerModel.TryReadHeader(body[0], body, ref at, out long first, out IntegerModel model)) return false;
        Span<long> aside = stackalloc long[BinnedIntegers.BlockLength];
        if ((body[0] & BinnedFlag) != 0) return TrySumDecoded(body, count, aside, ref sum);
        long last = first;
        for (int start = 0; start < count; start += BitPacking.BlockLength)
        {
            Span<long> block = aside[..Math.Min(BitPacking.BlockLength, count - start)];
            if (TrySumPacked(body, ref at, model, block.Length, first, ref last, ref sum)) continue;
            if (!TryReadBlock(body, ref at, model.IsFlat ? first : 0, NoDecimals, block)) return false;
            last = model.IsFlat ? last : model.Restore(block, start, first, last, NoDecimals);
            sum += SumOf(block);
        }
        return at == body.Length;
    }

    /// <summary>A full block of narrow numbers without exceptions is summed as it lies; of any other nothing is read.
    /// </summary>
    private static bool TrySumPacked(ReadOnlySpan<byte> body, ref int at, IntegerModel model, int length, long first,
        ref long last, ref Int128 sum)
    {
        int from = at;
        if (length != BitPacking.BlockLength || !(model.IsFlat || model.IsPlainDelta)) return false;
        if (!TryReadHead(body, ref from, length, out BlockHead head)) return false;
        if (head.Exceptions > 0 || head.Width > BitPacking.MaxSumWidth) return false;
        ReadOnlySpan<byte> packed = body.Slice(from, head.PackedLength);
        BitPacking.SumBlock(packed, head.Width, out long bits, out long running);
        at = from + head.PackedLength;
        if (model.IsFlat)
        {
            sum += (Int128)(head.Origin + first) * length + bits;
            return true;
        }
        // Number i is `last` + (i + 1) origins + the running sum of the packed bits.
        sum += (Int128)last * length + (Int128)head.Origin * (length * (length + 1) / 2) + running;
        last += head.Origin * length + bits;
        return true;
    }

    /// <summary>Entropy-coded blocks are decoded, one at a time.</summary>
    private static bool TrySumDecoded(ReadOnlySpan<byte> body, int count, Span<long> aside, ref Int128 sum)
    {
        if (count > aside.Length) aside = CodecScratch.OfThread.Integers(count);
        aside = aside[..count];
        if (!TryDecode(body, count, 0, NoDecimals, aside)) return false;
        sum = SumOf(aside);
        return true;
    }

    /// <summary>512 numbers below 2^51 have a sum below 2^60.</summary>
    private static Int128 SumOf(ReadOnlySpan<long> numbers)
    {
        Int128 total = 0;
        for (; !numbers.IsEmpty; numbers = numbers[Math.Min(BitPacking.BlockLength, numbers.Length)..])
        {
            long sum = 0;
            foreach (long number in numbers[..Math.Min(BitPacking.BlockLength, numbers.Length)]) sum += number;
            total += sum;
        }
        return total;
    }
}
