using System;

namespace Slungd.Native.Simd;

/// <summary>One implementation of every kernel. <see cref="ScalarKernels"/> is the reference and says in plain loops
/// what each one means; <see cref="LaneKernels{TLanes,TDouble,TLong}"/> does the same on vectors. Results are equal but
/// for the last bits of sums and the sign of a zero minimum or maximum. Called through <see cref="Kernels"/>, which has
/// checked that spans of one call have equal lengths.</summary>
internal abstract class KernelSet
{
    /// <summary>The name that SLUNGD_KERNEL takes.</summary>
    public abstract string Name { get; }

    /// <summary>Adds the sum of the values to sum and low.</summary>
    public abstract void Sum(ReadOnlySpan<double> values, ref double sum, ref double low);

    /// <summary>The least value; NaN when there is none but NaN.</summary>
    public abstract double Min(ReadOnlySpan<double> values);

    /// <summary>The greatest value; NaN when there is none but NaN.</summary>
    public abstract double Max(ReadOnlySpan<double> values);

    /// <summary>Count, sum, min and max in one pass.</summary>
    public abstract void Aggregate(ReadOnlySpan<double> values, ref FloatAggregate into);

    /// <summary>The same over the values whose timestamp is in the range, ends included, in any order.</summary>
    public abstract void AggregateInRange(ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values, long from,
        long to, ref FloatAggregate into);

    /// <summary>How many timestamps are in the range, ends included.</summary>
    public abstract int CountInRange(ReadOnlySpan<long> timestamps, long from, long to);

    /// <summary>The index of the first timestamp in the range, ends included, or -1.</summary>
    public abstract int FirstInRange(ReadOnlySpan<long> timestamps, long from, long to);

    /// <summary>The index of the last timestamp in the range, ends included, or -1.</summary>
    public abstract int LastInRange(ReadOnlySpan<long> timestamps, long from, long to);

    /// <summary>Whether each timestamp is greater than the one before.</summary>
    public abstract bool IsAscending(ReadOnlySpan<long> timestamps);

    /// <summary>Whether each number is the one before plus <paramref name="step"/>, modulo 2^64.</summary>
    public abstract bool IsRegular(ReadOnlySpan<long> numbers, long step);

    /// <summary>The least and the greatest number; there is at least one.</summary>
    public abstract void MinMax(ReadOnlySpan<long> numbers, out long min, out long max);

    /// <summary>start, start + step, start + 2 step ..., modulo 2^64.</summary>
    public abstract void Fill(Span<long> into, long start, long step);

    /// <summary>Each number as the nearest float.</summary>
    public abstract void ToDoubles(ReadOnlySpan<long> numbers, Span<double> into);

    /// <summary>Each number as the nearest float.</summary>
    public abstract void ToDoubles(ReadOnlySpan<ulong> numbers, Span<double> into);

    /// <summary>into[i] = numbers[i] - numbers[i - 1], modulo 2^64; the first is taken from <paramref name="before"/>.
    /// </summary>
    public abstract void Deltas(ReadOnlySpan<long> numbers, long before, Span<long> into);

    /// <summary>Turns differences into running sums from <paramref name="start"/>, in place, modulo 2^64; returns the
    /// last one.</summary>
    public abstract long PrefixSum(Span<long> deltas, long start);

    /// <summary>numbers[i] += start + i * step, modulo 2^64.</summary>
    public abstract void AddLine(Span<long> numbers, long start, long step);

    /// <summary>Packs one block, <see cref="BitPacking.BlockLength"/> numbers; see there for the layout.</summary>
    public abstract void PackBlock(ReadOnlySpan<long> numbers, long origin, int width, Span<byte> to);

    /// <summary>Undoes <see cref="PackBlock"/>.</summary>
    public abstract void UnpackBlock(ReadOnlySpan<byte> from, long origin, int width, Span<long> into);

    /// <summary><see cref="UnpackBlock"/> and <see cref="FromDecimals"/> in one.</summary>
    public abstract void UnpackDecimals(ReadOnlySpan<byte> from, long origin, int width, int digits, Span<long> into);

    /// <summary><see cref="UnpackBlock"/> and <see cref="PrefixSumDecimals"/> in one; returns the last integer. The
    /// width is 1 to <see cref="BitPacking.MaxRunningWidth"/>; the start and the integers, each also less 32 origins,
    /// are below 2^51 in magnitude, or some floats come out.</summary>
    public abstract long UnpackRunningDecimals(ReadOnlySpan<byte> from, long origin, int width, long start, int digits,
        Span<long> into);

    /// <summary>Sums a packed block without unpacking it: of its numbers (as packed, without an origin), and of its
    /// running sums. The width is 1 to <see cref="BitPacking.MaxSumWidth"/>.</summary>
    public abstract void SumBlock(ReadOnlySpan<byte> from, int width, out long sum, out long sumOfSums);

    /// <summary>Puts the numbers of blocks together again.</summary>
    public abstract void Join(in SplitBlocks blocks, Span<long> into);

    /// <summary>Adds the sum of the numbers of blocks, the bits of floats, to sum and low, and stores none of them.
    /// </summary>
    public abstract void SumJoined(in SplitBlocks blocks, ref double sum, ref double low);

    /// <summary><see cref="PrefixSum"/> and <see cref="FromDecimals"/> in one; returns the last integer.</summary>
    public abstract long PrefixSumDecimals(Span<long> deltas, long start, int digits);

    /// <summary>Writes the integers q with value == q / 10^digits to the bit, |q| below 2^51, and returns how many
    /// values have none. Each of those has its index in <paramref name="misses"/> (as long as values) and the integer
    /// of the value before it (0 at the start).</summary>
    public abstract int ToDecimals(ReadOnlySpan<double> values, int digits, Span<long> into, Span<ushort> misses);

    /// <summary>Turns integers q below 2^51 in magnitude into the bits of the float nearest to q / 10^digits, in
    /// place. Other integers become some float.</summary>
    public abstract void FromDecimals(Span<long> numbers, int digits);
}
