using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Simd;

/// <summary>Deltas to decimals in one go. Summing along a row costs shuffles; so the numbers of four rows (or two, when
/// they are wide) are first set side by side in the lanes, 16 (32) bits each, and one sum along a vector does them all.
/// </summary>
internal sealed partial class LaneKernels<TLanes, TDouble, TLong>
{
    /// <summary>The sum of 8 numbers of 13 bits has 16.</summary>
    private const int MaxWidthOfFour = 13;

    private const int MaxGroupLength = 4 * BitPacking.RowLength;

    [SkipLocalsInit] // written before it is read
    public override long UnpackRunningDecimals(ReadOnlySpan<byte> from, long origin, int width, long start, int digits,
        Span<long> into)
    {
        CheckBlock(into.Length, from.Length, width);
        Invariant.Check(width <= BitPacking.MaxRunningWidth);
        // The origins are left out of the sums; within a group of rows the magic number takes them along.
        Span<long> magics = stackalloc long[MaxGroupLength];
        Fill(magics, DecimalScale.MagicBits - origin, -origin);
        Span<long> sums = stackalloc long[BitPacking.BlockLength / 2];
        if (width > MaxWidthOfFour)
        {
            Unpack(from, 0, 2 * width, sums, new TwoRows(width));
            return Run<TwoRows>(sums, origin, start, magics, new ToDecimal(digits), into);
        }
        sums = sums[..(BitPacking.BlockLength / 4)];
        Unpack(from, 0, 4 * width, sums, new FourRows(width));
        return Run<FourRows>(sums, origin, start, magics, new ToDecimal(digits), into);
    }

    /// <summary>Adds up vectors and rows.</summary>
    /// <param name="sums">Of each vector of each group of rows, the sums along it.</param>
    /// <param name="origin">To be added to each number.</param>
    /// <param name="start">The number before the first.</param>
    /// <param name="magics">What makes integers out of the floats of a group.</param>
    /// <param name="finish">Makes decimals.</param>
    /// <param name="into">All rows of the groups.</param>
    private static long Run<TRows>(Span<long> sums, long origin, long start, Span<long> magics, ToDecimal finish,
        Span<long> into)
        where TRows : struct, IRows
    {
        ref long magic = ref MemoryMarshal.GetReference(magics), group = ref MemoryMarshal.GetReference(sums);
        ref long target = ref MemoryMarshal.GetReference(into);
        TLong before = TLanes.All(start + DecimalScale.MagicBits);
        TLong origins = TLanes.All(TRows.Count * BitPacking.RowLength * origin);
        for (int groups = sums.Length / BitPacking.RowLength; groups > 0; groups--)
        {
            TLong totals = TLanes.All(Unsafe.Add(ref group, Width - 1));
            for (nuint column = Width; column < BitPacking.RowLength; column += Width)
                totals = TLanes.Add(totals, TLanes.All(Unsafe.Add(ref group, column + Width - 1)));
            TLong second = TLanes.Add(before, TRows.Row(totals, 0)), third = second, last = second;
            if (TRows.Count == 4)
            {
                third = TLanes.Add(second, TRows.Row(totals, 1));
                last = TLanes.Add(third, TRows.Row(totals, 2));
            }
            TLong left = TLanes.All(0L);
            for (nuint column = 0; column < BitPacking.RowLength; column += Width)
            {
                TLong rows = TLanes.Add(TLanes.Load(ref group, column), left);
                left = TLanes.Add(left, TLanes.All(Unsafe.Add(ref group, column + Width - 1)));
                nuint at = column;
                Put(TLanes.Add(TRows.Row(rows, 0), before), ref magic, finish, ref target, at);
                if (TRows.Count == 4)
                {
                    at += BitPacking.RowLength;
                    Put(TLanes.Add(TRows.Row(rows, 1), second), ref magic, finish, ref target, at);
                    at += BitPacking.RowLength;
                    Put(TLanes.Add(TRows.Row(rows, 2), third), ref magic, finish, ref target, at);
                }
                at += BitPacking.RowLength;
                Put(TLanes.Add(TRows.Row(rows, TRows.Count - 1), last), ref magic, finish, ref target, at);
            }
            before = TLanes.Add(TLanes.Add(last, origins), TRows.Row(totals, TRows.Count - 1));
            group = ref Unsafe.Add(ref group, BitPacking.RowLength);
            target = ref Unsafe.Add(ref target, TRows.Count * BitPacking.RowLength);
        }
        return TLanes.Lane(before, 0) - DecimalScale.MagicBits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TLong numbers, ref long magic, ToDecimal finish, ref long target, nuint at) =>
        TLanes.Store(finish.Of(numbers, TLanes.Load(ref magic, at)), ref target, at);

    /// <summary>Rows side by side in the lanes; made of rows end to end.</summary>
    private interface IRows : IFinish
    {
        static abstract int Count { get; }

        /// <summary>The row's numbers, one a lane.</summary>
        static abstract TLong Row(TLong rows, int row);
    }

    private readonly struct FourRows(int width) : IRows
    {
        private readonly TLong _mask = TLanes.All(0x1_0001_0001_0001 * ((1L << width) - 1));

        public static int Count => 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLong Of(TLong numbers)
        {
            TLong halves = TLanes.OddHalves(numbers, TLanes.ShiftLeft(numbers, 32 - 2 * width));
            TLong quarters = TLanes.OddQuarters(halves, TLanes.ShiftLeft(halves, 16 - width));
            return TLanes.PrefixSum(TLanes.And(quarters, _mask));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLong Row(TLong rows, int row) => TLanes.Quarter(rows, row);
    }

    private readonly struct TwoRows(int width) : IRows
    {
        private readonly TLong _mask = TLanes.All(0x1_0000_0001 * ((1L << width) - 1));

        public static int Count => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLong Of(TLong numbers)
        {
            TLong halves = TLanes.OddHalves(numbers, TLanes.ShiftLeft(numbers, 32 - width));
            return TLanes.PrefixSum(TLanes.And(halves, _mask));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLong Row(TLong rows, int row) =>
            row == 0 ? TLanes.And(rows, TLanes.All(0xffff_ffff)) : TLanes.ShiftRight(rows, 32);
    }
}
