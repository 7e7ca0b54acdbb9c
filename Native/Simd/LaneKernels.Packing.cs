using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Simd;

/// <summary>Bit packing and decimals. Pages lie at any address: packed words are loaded and stored unaligned.</summary>
internal sealed partial class LaneKernels<TLanes, TDouble, TLong>
{
    public override void Deltas(ReadOnlySpan<long> numbers, long before, Span<long> into)
    {
        DebugCheck.That(into.Length == numbers.Length);
        if (numbers.IsEmpty) return;
        into[0] = numbers[0] - before;
        ref long first = ref MemoryMarshal.GetReference(numbers);
        ref long target = ref MemoryMarshal.GetReference(into);
        nuint length = (nuint)numbers.Length, at = 1;
        for (; at + Width <= length; at += Width)
        {
            TLong delta = TLanes.Subtract(TLanes.Load(ref first, at), TLanes.Load(ref first, at - 1));
            TLanes.Store(delta, ref target, at);
        }
        if (at < length) s_scalar.Deltas(numbers[(int)at..], numbers[(int)at - 1], into[(int)at..]);
    }

    public override void AddLine(Span<long> numbers, long start, long step)
    {
        ref long first = ref MemoryMarshal.GetReference(numbers);
        nuint length = (nuint)numbers.Length, at = 0;
        TLong line = TLanes.Ramp(start, step), ahead = TLanes.All(step * TLanes.Count);
        for (; at + Width <= length; at += Width)
        {
            TLanes.Store(TLanes.Add(TLanes.Load(ref first, at), line), ref first, at);
            line = TLanes.Add(line, ahead);
        }
        s_scalar.AddLine(numbers[(int)at..], start + (long)at * step, step);
    }

    public override void PackBlock(ReadOnlySpan<long> numbers, long origin, int width, Span<byte> to)
    {
        CheckBlock(numbers.Length, to.Length, width);
        ref long target = ref Unsafe.As<byte, long>(ref MemoryMarshal.GetReference(to));
        TLong origins = TLanes.All(origin);
        for (nuint column = 0; column < BitPacking.RowLength; column += Width)
        {
            ref long first = ref Unsafe.Add(ref MemoryMarshal.GetReference(numbers), column);
            TLong pending = TLanes.All(0);
            nuint word = column;
            int used = 0;
            for (nuint at = 0; at < BitPacking.BlockLength; at += BitPacking.RowLength)
            {
                TLong bits = TLanes.Subtract(TLanes.Load(ref first, at), origins);
                pending = TLanes.Or(pending, TLanes.ShiftLeft(bits, used));
                used += width;
                if (used < 64) continue;
                TLanes.Store(pending, ref target, word);
                word += BitPacking.RowLength;
                used -= 64;
                pending = used == 0 ? TLanes.All(0) : TLanes.ShiftRight(bits, width - used);
            }
        }
    }

    public override void UnpackBlock(ReadOnlySpan<byte> from, long origin, int width, Span<long> into)
    {
        CheckBlock(into.Length, from.Length, width);
        Unpack(from, origin, width, into, default(AsTheyAre));
    }

    public override void UnpackDecimals(ReadOnlySpan<byte> from, long origin, int width, int digits, Span<long> into)
    {
        CheckBlock(into.Length, from.Length, width);
        Unpack(from, origin + DecimalScale.MagicBits, width, into, new ToDecimal(digits));
    }

    public override long PrefixSum(Span<long> deltas, long start) => Sum(deltas, start, default(AsTheyAre));

    public override long PrefixSumDecimals(Span<long> deltas, long start, int digits)
    {
        // What turns an integer into the bits of a float is added with the start.
        return Sum(deltas, start + DecimalScale.MagicBits, new ToDecimal(digits)) - DecimalScale.MagicBits;
    }

    /// <summary>Of rows of <paramref name="width"/> bits; as many as <paramref name="into"/> has, 64 bits or a multiple
    /// of that in each lane.</summary>
    private static void Unpack<TFinish>(ReadOnlySpan<byte> from, long origin, int width, Span<long> into,
        TFinish finish)
        where TFinish : struct, IFinish
    {
        nuint length = (nuint)into.Length;
        ref long source = ref Unsafe.As<byte, long>(ref MemoryMarshal.GetReference(from));
        TLong origins = TLanes.All(origin), mask = TLanes.All((long)(ulong.MaxValue >> 64 - width));
        for (nuint column = 0; column < BitPacking.RowLength; column += Width)
        {
            ref long target = ref Unsafe.Add(ref MemoryMarshal.GetReference(into), column);
            TLong ahead = TLanes.Load(ref source, column);
            nuint word = column + BitPacking.RowLength;
            int used = 0;
            for (nuint at = 0; at < length; at += BitPacking.RowLength)
            {
                TLong bits = TLanes.ShiftRight(ahead, used);
                used += width;
                // The last row ends exactly at the end of the last word: there is nothing to load after it.
                if (used >= 64 && at + BitPacking.RowLength < length)
                {
                    ahead = TLanes.Load(ref source, word);
                    word += BitPacking.RowLength;
                    used -= 64;
                    if (used > 0) bits = TLanes.Or(bits, TLanes.ShiftLeft(ahead, width - used));
                }
                TLanes.Store(finish.Of(TLanes.Add(TLanes.And(bits, mask), origins)), ref target, at);
            }
        }
    }

    public override void SumBlock(ReadOnlySpan<byte> from, int width, out long sum, out long sumOfSums)
    {
        CheckBlock(BitPacking.BlockLength, from.Length, width);
        ref long source = ref Unsafe.As<byte, long>(ref MemoryMarshal.GetReference(from));
        TLong mask = TLanes.All((long)(ulong.MaxValue >> 64 - width));
        (sum, sumOfSums) = (0, 0);
        for (nuint column = 0; column < BitPacking.RowLength; column += Width)
        {
            // Of each lane: the sum of its numbers so far, and of these sums.
            TLong ahead = TLanes.Load(ref source, column), sums = TLanes.All(0), sumsOfSums = sums;
            nuint word = column + BitPacking.RowLength;
            int used = 0;
            for (nuint at = 0; at < BitPacking.BlockLength; at += BitPacking.RowLength)
            {
                TLong bits = TLanes.ShiftRight(ahead, used);
                used += width;
                if (used >= 64 && at + BitPacking.RowLength < BitPacking.BlockLength)
                {
                    ahead = TLanes.Load(ref source, word);
                    word += BitPacking.RowLength;
                    used -= 64;
                    if (used > 0) bits = TLanes.Or(bits, TLanes.ShiftLeft(ahead, width - used));
                }
                sums = TLanes.Add(sums, TLanes.And(bits, mask));
                sumsOfSums = TLanes.Add(sumsOfSums, sums);
            }
            // Number 8 r + l is in 512 - 8 r - l running sums, and in 64 - r of its lane's.
            for (int lane = 0; lane < TLanes.Count; lane++)
            {
                long ofLane = TLanes.Lane(sums, lane);
                sum += ofLane;
                sumOfSums += BitPacking.RowLength * TLanes.Lane(sumsOfSums, lane) - ((long)column + lane) * ofLane;
            }
        }
    }

    /// <summary>The lanes of a vector are summed by themselves; only one addition a vector waits for the one before.
    /// </summary>
    private static long Sum<TFinish>(Span<long> deltas, long start, TFinish finish)
        where TFinish : struct, IFinish
    {
        ref long first = ref MemoryMarshal.GetReference(deltas);
        nuint length = (nuint)deltas.Length, at = 0;
        TLong before = TLanes.All(start);
        for (; at + Width <= length; at += Width)
        {
            TLong sums = TLanes.PrefixSum(TLanes.Load(ref first, at));
            TLanes.Store(finish.Of(TLanes.Add(sums, before)), ref first, at);
            before = TLanes.Add(before, TLanes.LastToAll(sums));
        }
        start = TLanes.Lane(before, 0);
        for (; at < length; at++)
        {
            ref long number = ref Unsafe.Add(ref first, at);
            start += number;
            number = TLanes.Lane(finish.Of(TLanes.All(start)), 0);
        }
        return start;
    }

    /// <summary>What becomes of numbers before they are stored.</summary>
    private interface IFinish
    {
        TLong Of(TLong numbers);
    }

    private readonly struct AsTheyAre : IFinish
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLong Of(TLong numbers) => numbers;
    }

    /// <summary>Integers + <see cref="DecimalScale.MagicBits"/> become decimals.</summary>
    private readonly struct ToDecimal(int digits) : IFinish
    {
        private readonly TDouble _divisor = TLanes.All(DecimalScale.Power(digits));
        private readonly TDouble _reciprocal = TLanes.All(DecimalScale.Reciprocal(digits));
        private readonly TDouble _rest = TLanes.All(DecimalScale.ReciprocalRest(digits));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLong Of(TLong numbers) => Of(numbers, TLanes.All(DecimalScale.MagicBits));

        /// <summary>The same of integers + <paramref name="magic"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLong Of(TLong numbers, TLong magic)
        {
            TDouble integers = TLanes.Subtract(TLanes.AsDouble(numbers), TLanes.AsDouble(magic));
            return TLanes.AsLong(TLanes.DivideByPowerOfTen(integers, _divisor, _reciprocal, _rest));
        }
    }

    public override int ToDecimals(ReadOnlySpan<double> values, int digits, Span<long> into, Span<ushort> misses)
    {
        Invariant.Check(into.Length >= values.Length && misses.Length >= values.Length);
        ref double first = ref MemoryMarshal.GetReference(values);
        ref long target = ref MemoryMarshal.GetReference(into);
        nuint length = (nuint)values.Length, at = 0;
        TDouble divisor = TLanes.All(DecimalScale.Power(digits)), magic = TLanes.All(DecimalScale.Magic);
        TLong magicBits = TLanes.All(DecimalScale.MagicBits), everything = TLanes.All(-1);
        var finish = new ToDecimal(digits);
        int missCount = 0;
        for (; at + Width <= length; at += Width)
        {
            TDouble value = TLanes.Load(ref first, at), scaled = TLanes.Multiply(value, divisor);
            TDouble rounded = TLanes.Add(scaled, magic);
            TLong back = finish.Of(TLanes.AsLong(rounded));
            TLong hit = TLanes.And(TLanes.Equals(TLanes.AsLong(value), back),
                TLanes.IsBelow(scaled, DecimalScale.Bound));
            TLanes.Store(TLanes.Subtract(TLanes.AsLong(rounded), magicBits), ref target, at);
            if (TLanes.IsZero(TLanes.Xor(hit, everything))) continue;
            missCount = AddMisses(hit, into, (int)at, misses, missCount);
        }
        return AddTail(values, digits, into, (int)at, misses, missCount);
    }

    public override void FromDecimals(Span<long> numbers, int digits)
    {
        ref long first = ref MemoryMarshal.GetReference(numbers);
        nuint length = (nuint)numbers.Length, at = 0;
        var finish = new ToDecimal(digits);
        TLong magicBits = TLanes.All(DecimalScale.MagicBits);
        for (; at + Width <= length; at += Width)
            TLanes.Store(finish.Of(TLanes.Add(TLanes.Load(ref first, at), magicBits)), ref first, at);
        s_scalar.FromDecimals(numbers[(int)at..], digits);
    }

    private static void CheckBlock(int count, int bytes, int width)
    {
        Invariant.Check(width is >= 1 and <= BitPacking.MaxWidth);
        Invariant.Equal(count, BitPacking.BlockLength);
        Invariant.Equal(bytes, BitPacking.BlockLength / 8 * width);
    }

    private static int AddMisses(TLong hit, Span<long> into, int at, Span<ushort> misses, int missCount)
    {
        for (int lane = 0; lane < TLanes.Count; lane++)
        {
            if (TLanes.Lane(hit, lane) != 0) continue;
            misses[missCount++] = (ushort)(at + lane);
            into[at + lane] = at + lane == 0 ? 0 : into[at + lane - 1];
        }
        return missCount;
    }

    private static int AddTail(ReadOnlySpan<double> values, int digits, Span<long> into, int at, Span<ushort> misses,
        int missCount)
    {
        for (int i = at; i < values.Length; i++)
        {
            if (DecimalScale.TryGet(values[i], digits, out into[i])) continue;
            misses[missCount++] = (ushort)i;
            into[i] = i == 0 ? 0 : into[i - 1];
        }
        return missCount;
    }
}
