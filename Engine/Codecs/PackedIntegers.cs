using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>Integers as what is left of a simple model, bit-packed in blocks of 512; the body of the packed and decimal
/// pages (docs/formats/pages.md). A model is a line (step 0: a constant) or the number before; everything may be in
/// multiples of a scale. All arithmetic is modulo 2^64, so every column has an exact form.</summary>
[SkipLocalsInit] // buffers on the stack are written before they are read
internal static class PackedIntegers
{
    private const byte DeltaFlag = 1;
    private const byte ScaleFlag = 2;
    private const byte ExceptionsFlag = 0x80;

    // mode, first, scale, step
    private const int MaxHeaderLength = 1 + 3 * Varint.MaxLength;
    // width, origin, count of exceptions
    private const int MaxBlockHeaderLength = 1 + 2 * Varint.MaxLength;
    private const int SampledBlocks = 3;
    private const int NoDecimals = -1;

    /// <summary>The shape that a column is taken to have.</summary>
    private readonly record struct Model(bool IsDelta, long Scale, long Step);

    /// <summary>Writes the column; false when it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(ReadOnlySpan<long> numbers, Span<byte> to, out int length)
    {
        length = 0;
        if (to.Length < MaxHeaderLength) return false;
        Model model = Choose(numbers, out int cost);
        if (cost > to.Length + to.Length / 16) return false;
        int at = WriteHeader(numbers, model, to);
        Span<long> block = stackalloc long[BitPacking.BlockLength];
        for (int start = 0; start < numbers.Length; start += BitPacking.BlockLength)
        {
            Span<long> rest = block[..Math.Min(BitPacking.BlockLength, numbers.Length - start)];
            Reduce(numbers, start, model, rest);
            if (!TryWriteBlock(rest, to, ref at)) return false;
        }
        length = at;
        return true;
    }

    /// <summary>Restores exactly <paramref name="into"/>.Length numbers from the whole of <paramref name="body"/>.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, Span<long> into) => TryDecode(body, into, NoDecimals);

    /// <summary>As <see cref="TryDecode(ReadOnlySpan{byte}, Span{long})"/>, and turns them into the bits of decimals
    /// with so many digits, block by block while they are in the first cache.</summary>
    public static bool TryDecodeDecimals(ReadOnlySpan<byte> body, int digits, Span<long> into) =>
        TryDecode(body, into, digits);

    private static bool TryDecode(ReadOnlySpan<byte> body, Span<long> into, int digits)
    {
        if (!TryReadHeader(body, out int at, out long first, out Model model)) return false;
        long last = first, slope = model.Step * model.Scale;
        // A line without scale and slope costs nothing: its start is part of each block's origin.
        bool isFlat = !model.IsDelta && model is { Scale: 1, Step: 0 };
        for (int start = 0; start < into.Length; start += BitPacking.BlockLength)
        {
            Span<long> block = into.Slice(start, Math.Min(BitPacking.BlockLength, into.Length - start));
            if (!TryReadBlock(body, ref at, isFlat ? first : 0, block)) return false;
            if (model.Scale != 1) Multiply(block, model.Scale);
            if (model.IsDelta) Kernels.PrefixSum(block, last);
            else if (!isFlat) Kernels.AddLine(block, first + start * slope, slope);
            last = block[^1];
            if (digits != NoDecimals) Kernels.FromDecimals(block, digits);
        }
        return at == body.Length;
    }

    /// <summary>Tries the models on up to three blocks. A line is preferred when it is nearly as small: it decodes
    /// faster.</summary>
    private static Model Choose(ReadOnlySpan<long> numbers, out int cost)
    {
        long scale = CommonDivisor(numbers);
        var best = new Model(false, scale, 0);
        cost = Cost(numbers, best);
        Try(new Model(true, scale, 0), numbers, ref best, ref cost);
        long trend = Trend(numbers, scale);
        if (trend != 0) Try(new Model(false, scale, trend), numbers, ref best, ref cost);
        return best;
    }

    /// <summary>The nearest whole step from the first number to the last; 0 where a line leads nowhere, since the
    /// middle is not near it.</summary>
    private static long Trend(ReadOnlySpan<long> numbers, long scale)
    {
        if (numbers.Length < 2) return 0;
        double rise = (double)numbers[^1] - numbers[0], half = (double)numbers[numbers.Length / 2] - numbers[0];
        if (Math.Abs(half - rise / 2) > Math.Abs(rise) / 4) return 0;
        (long step, long rest) = Math.DivRem((numbers[^1] - numbers[0]) / scale, numbers.Length - 1);
        if (rest * 2 >= numbers.Length) step++;
        else if (rest * 2 <= -numbers.Length) step--;
        return step;
    }

    private static void Try(Model model, ReadOnlySpan<long> numbers, ref Model best, ref int bestCost)
    {
        int cost = Cost(numbers, model);
        if (cost >= (model.IsDelta ? bestCost - bestCost / 32 : bestCost)) return;
        best = model;
        bestCost = cost;
    }

    /// <summary>Bytes for the column, as the sampled blocks foretell.</summary>
    private static int Cost(ReadOnlySpan<long> numbers, Model model)
    {
        Span<long> block = stackalloc long[BitPacking.BlockLength];
        int blocks = (numbers.Length + BitPacking.BlockLength - 1) / BitPacking.BlockLength;
        int samples = Math.Min(blocks, SampledBlocks);
        long cost = 0, sampled = 0;
        for (int i = 0; i < samples; i++)
        {
            // The first, one in the middle, and the last that is surely full.
            int start = (samples == blocks ? i : i * (blocks - 2) / (samples - 1)) * BitPacking.BlockLength;
            Span<long> part = block[..Math.Min(BitPacking.BlockLength, numbers.Length - start)];
            Reduce(numbers, start, model, part);
            cost += BlockPlan.Of(part).Cost + 4;
            sampled += part.Length;
        }
        return (int)(cost * numbers.Length / sampled);
    }

    /// <summary>What the model leaves of the numbers from <paramref name="start"/> on.</summary>
    private static void Reduce(ReadOnlySpan<long> numbers, int start, Model model, Span<long> into)
    {
        ReadOnlySpan<long> part = numbers.Slice(start, into.Length);
        if (model.IsDelta)
        {
            Kernels.Deltas(part, start == 0 ? First(numbers, model) : numbers[start - 1], into);
            if (model.Scale != 1) DivideExactly(into, model.Scale);
            return;
        }
        part.CopyTo(into);
        if (model.Scale != 1)
        {
            Kernels.AddLine(into, -numbers[0], 0);
            DivideExactly(into, model.Scale);
            Kernels.AddLine(into, -start * model.Step, -model.Step);
            return;
        }
        Kernels.AddLine(into, -(numbers[0] + start * model.Step), -model.Step);
    }

    /// <summary>The number that the header holds: of a line the first; of deltas the one before the first, such that
    /// the first delta is like the second.</summary>
    private static long First(ReadOnlySpan<long> numbers, Model model) =>
        model.IsDelta && numbers.Length > 1 ? numbers[0] - (numbers[1] - numbers[0]) : numbers[0];

    private static int WriteHeader(ReadOnlySpan<long> numbers, Model model, Span<byte> to)
    {
        to[0] = (byte)((model.IsDelta ? DeltaFlag : 0) | (model.Scale != 1 ? ScaleFlag : 0));
        int at = 1 + Varint.WriteSigned(to[1..], First(numbers, model));
        if (model.Scale != 1) at += Varint.Write(to[at..], (ulong)model.Scale);
        if (!model.IsDelta) at += Varint.WriteSigned(to[at..], model.Step);
        return at;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> body, out int at, out long first, out Model model)
    {
        at = 1;
        first = 0;
        model = default;
        if (body.IsEmpty || body[0] > (DeltaFlag | ScaleFlag)) return false;
        bool isDelta = (body[0] & DeltaFlag) != 0;
        if (!Varint.TryReadSigned(body, ref at, out first)) return false;
        ulong scale = 1;
        if ((body[0] & ScaleFlag) != 0 && !Varint.TryRead(body, ref at, out scale)) return false;
        long step = 0;
        if (!isDelta && !Varint.TryReadSigned(body, ref at, out step)) return false;
        model = new Model(isDelta, (long)scale, step);
        return true;
    }

    private static bool TryWriteBlock(Span<long> block, Span<byte> to, ref int at)
    {
        BlockPlan plan = BlockPlan.Of(block);
        int packedLength = BitPacking.SizeOf(block.Length, plan.Width);
        int worst = MaxBlockHeaderLength + packedLength + plan.Exceptions * 2 * Varint.MaxLength;
        if (worst > to.Length - at) return false;
        to[at++] = (byte)(plan.Width | (plan.Exceptions > 0 ? ExceptionsFlag : 0));
        at += Varint.WriteSigned(to[at..], plan.Origin);
        if (plan.Exceptions == 0)
        {
            BitPacking.Pack(block, plan.Origin, plan.Width, to.Slice(at, packedLength));
            at += packedLength;
            return true;
        }

        Span<int> positions = stackalloc int[BitPacking.BlockLength];
        Span<long> values = stackalloc long[BitPacking.BlockLength];
        int count = 0;
        for (int i = 0; i < block.Length; i++)
        {
            if (plan.Holds(block[i])) continue;
            positions[count] = i;
            values[count++] = block[i];
            block[i] = plan.Origin;
        }
        Invariant.Check(count <= plan.Exceptions);
        at += Varint.Write(to[at..], (ulong)count);
        BitPacking.Pack(block, plan.Origin, plan.Width, to.Slice(at, packedLength));
        at += packedLength;
        for (int i = 0, next = 0; i < count; next = positions[i++] + 1)
        {
            at += Varint.Write(to[at..], (ulong)(positions[i] - next));
            at += Varint.WriteSigned(to[at..], values[i] - plan.Origin);
        }
        return true;
    }

    private static bool TryReadBlock(ReadOnlySpan<byte> body, ref int at, long offset, Span<long> block)
    {
        if (at >= body.Length) return false;
        int width = body[at] & ~ExceptionsFlag;
        bool hasExceptions = (body[at++] & ExceptionsFlag) != 0;
        if (width > BitPacking.MaxWidth) return false;
        if (!Varint.TryReadSigned(body, ref at, out long origin)) return false;
        origin += offset;
        ulong count = 0;
        if (hasExceptions && !Varint.TryRead(body, ref at, out count)) return false;
        int packedLength = BitPacking.SizeOf(block.Length, width);
        if (count > (ulong)block.Length || packedLength > body.Length - at) return false;
        BitPacking.Unpack(body.Slice(at, packedLength), origin, width, block);
        at += packedLength;
        for (int position = 0; count > 0; count--, position++)
        {
            if (!Varint.TryRead(body, ref at, out ulong gap)) return false;
            if (!Varint.TryReadSigned(body, ref at, out long distance)) return false;
            if (gap >= (ulong)(block.Length - position)) return false;
            position += (int)gap;
            block[position] = origin + distance;
        }
        return true;
    }

    /// <summary>A number that divides the distances of sampled numbers to the first one; milliseconds stored as
    /// nanoseconds have a million. If it does not divide some other distance, that one merely packs badly.</summary>
    private static long CommonDivisor(ReadOnlySpan<long> numbers)
    {
        const int Samples = 32;
        ulong divisor = 0;
        int stride = numbers.Length / Samples | 1; // odd, so that it meets all phases of a pattern of 2, 4, 8 ...
        for (int i = numbers.Length - 1; i > 0 && divisor != 1; i -= stride)
        {
            long distance = numbers[i] - numbers[i - 1];
            divisor = GreatestCommonDivisor(divisor, distance < 0 ? 0 - (ulong)distance : (ulong)distance);
        }
        if (divisor is 0 or 1 or > long.MaxValue) return 1;
        // Any odd number divides exactly modulo 2^64; a power of two must divide every distance.
        int shift = BitOperations.TrailingZeroCount(divisor);
        if (shift == 0) return (long)divisor;
        long any = 0;
        foreach (long number in numbers) any |= number - numbers[0];
        return (long)(divisor >> shift) << Math.Min(shift, BitOperations.TrailingZeroCount(any));
    }

    private static ulong GreatestCommonDivisor(ulong a, ulong b)
    {
        if (a == 0 || b == 0) return a | b;
        int shift = BitOperations.TrailingZeroCount(a | b);
        a >>= BitOperations.TrailingZeroCount(a);
        while (b != 0)
        {
            b >>= BitOperations.TrailingZeroCount(b);
            (a, b) = a < b ? (a, b - a) : (b, a - b);
        }
        return a << shift;
    }

    /// <summary>Divides each number by the scale, so that multiplying gives it back modulo 2^64 whatever it is.
    /// </summary>
    private static void DivideExactly(Span<long> numbers, long scale)
    {
        int shift = BitOperations.TrailingZeroCount(scale);
        long odd = scale >> shift;
        // The inverse of an odd number modulo 2^64; each step of Newton's method doubles the right bits, from 3 on.
        long inverse = odd;
        for (int bits = 3; bits < 64; bits *= 2) inverse *= 2 - odd * inverse;
        foreach (ref long number in numbers) number = (number >> shift) * inverse;
    }

    private static void Multiply(Span<long> numbers, long scale)
    {
        foreach (ref long number in numbers) number *= scale;
    }
}
