using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Simd;

/// <summary>Every kernel on vectors, written once for all widths: <typeparamref name="TLanes"/> is a struct, so the
/// compiler makes straight code of each instance. Reads and writes through refs stay below the length of the span they
/// came from; the loops' bounds say so.</summary>
internal sealed partial class LaneKernels<TLanes, TDouble, TLong> : KernelSet
    where TLanes : struct, ILanes<TDouble, TLong>
    where TDouble : struct
    where TLong : struct
{
    private static readonly ScalarKernels s_scalar = new();

    public override string Name => TLanes.Name;

    private static nuint Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (nuint)TLanes.Count;
    }

    public override int CountInRange(ReadOnlySpan<long> timestamps, long from, long to)
    {
        ref long first = ref MemoryMarshal.GetReference(timestamps);
        nuint length = (nuint)timestamps.Length, at = 0;
        TLong low = TLanes.All(from), high = TLanes.All(to), outside = TLanes.All(0);
        for (; at + Width <= length; at += Width)
            outside = TLanes.Subtract(outside, Outside(TLanes.Load(ref first, at), low, high));
        long count = (long)at;
        for (int lane = 0; lane < TLanes.Count; lane++) count -= TLanes.Lane(outside, lane);
        return (int)count + s_scalar.CountInRange(timestamps[(int)at..], from, to);
    }

    public override int FirstInRange(ReadOnlySpan<long> timestamps, long from, long to)
    {
        ref long first = ref MemoryMarshal.GetReference(timestamps);
        nuint length = (nuint)timestamps.Length, at = 0;
        TLong low = TLanes.All(from), high = TLanes.All(to), everything = TLanes.All(-1);
        for (; at + Width <= length; at += Width)
        {
            TLong outside = Outside(TLanes.Load(ref first, at), low, high);
            if (!TLanes.IsZero(TLanes.Xor(outside, everything))) break;
        }
        int rest = s_scalar.FirstInRange(timestamps[(int)at..], from, to);
        return rest < 0 ? -1 : (int)at + rest;
    }

    public override int LastInRange(ReadOnlySpan<long> timestamps, long from, long to)
    {
        ref long first = ref MemoryMarshal.GetReference(timestamps);
        nuint end = (nuint)timestamps.Length;
        TLong low = TLanes.All(from), high = TLanes.All(to), everything = TLanes.All(-1);
        for (; end >= Width; end -= Width)
        {
            TLong outside = Outside(TLanes.Load(ref first, end - Width), low, high);
            if (!TLanes.IsZero(TLanes.Xor(outside, everything))) break;
        }
        return s_scalar.LastInRange(timestamps[..(int)end], from, to);
    }

    public override bool IsAscending(ReadOnlySpan<long> timestamps)
    {
        ref long first = ref MemoryMarshal.GetReference(timestamps);
        nuint length = (nuint)timestamps.Length, at = 0;
        TLong everything = TLanes.All(-1);
        while (at + 4 * Width < length)
        {
            TLong broken = TLanes.All(0);
            for (int i = 0; i < 4; i++, at += Width)
            {
                TLong rises = TLanes.GreaterThan(TLanes.Load(ref first, at + 1), TLanes.Load(ref first, at));
                broken = TLanes.Or(broken, TLanes.Xor(rises, everything));
            }
            if (!TLanes.IsZero(broken)) return false;
        }
        return s_scalar.IsAscending(timestamps[(int)at..]);
    }

    public override bool IsRegular(ReadOnlySpan<long> numbers, long step)
    {
        ref long first = ref MemoryMarshal.GetReference(numbers);
        nuint length = (nuint)numbers.Length, at = 0;
        TLong steps = TLanes.All(step);
        while (at + 4 * Width < length)
        {
            TLong broken = TLanes.All(0);
            for (int i = 0; i < 4; i++, at += Width)
            {
                TLong delta = TLanes.Subtract(TLanes.Load(ref first, at + 1), TLanes.Load(ref first, at));
                broken = TLanes.Or(broken, TLanes.Xor(delta, steps));
            }
            if (!TLanes.IsZero(broken)) return false;
        }
        return s_scalar.IsRegular(numbers[(int)at..], step);
    }

    public override void MinMax(ReadOnlySpan<long> numbers, out long min, out long max)
    {
        DebugCheck.That(numbers.Length > 0);
        ref long first = ref MemoryMarshal.GetReference(numbers);
        nuint length = (nuint)numbers.Length, at = 0;
        TLong least = TLanes.All(first), greatest = least, least1 = least, greatest1 = least;
        for (; at + 2 * Width <= length; at += 2 * Width)
        {
            TLong loaded = TLanes.Load(ref first, at), loaded1 = TLanes.Load(ref first, at + Width);
            least = TLanes.Min(least, loaded);
            greatest = TLanes.Max(greatest, loaded);
            least1 = TLanes.Min(least1, loaded1);
            greatest1 = TLanes.Max(greatest1, loaded1);
        }
        least = TLanes.Min(least, least1);
        greatest = TLanes.Max(greatest, greatest1);
        min = max = first;
        for (int lane = 0; lane < TLanes.Count; lane++)
        {
            min = Math.Min(min, TLanes.Lane(least, lane));
            max = Math.Max(max, TLanes.Lane(greatest, lane));
        }
        for (; at < length; at++)
        {
            long number = numbers[(int)at];
            min = Math.Min(min, number);
            max = Math.Max(max, number);
        }
    }

    public override void Fill(Span<long> into, long start, long step)
    {
        ref long first = ref MemoryMarshal.GetReference(into);
        nuint length = (nuint)into.Length, at = 0;
        TLong next = TLanes.Ramp(start, step), ahead = TLanes.All(step * TLanes.Count);
        for (; at + Width <= length; at += Width)
        {
            TLanes.Store(next, ref first, at);
            next = TLanes.Add(next, ahead);
        }
        s_scalar.Fill(into[(int)at..], start + (long)at * step, step);
    }

    public override void ToDoubles(ReadOnlySpan<long> numbers, Span<double> into)
    {
        DebugCheck.That(into.Length == numbers.Length);
        ref long first = ref MemoryMarshal.GetReference(numbers);
        ref double target = ref MemoryMarshal.GetReference(into);
        nuint length = (nuint)numbers.Length, at = 0;
        for (; at + Width <= length; at += Width)
            TLanes.Store(TLanes.FromSigned(TLanes.Load(ref first, at)), ref target, at);
        s_scalar.ToDoubles(numbers[(int)at..], into[(int)at..]);
    }

    public override void ToDoubles(ReadOnlySpan<ulong> numbers, Span<double> into)
    {
        DebugCheck.That(into.Length == numbers.Length);
        ref long first = ref Unsafe.As<ulong, long>(ref MemoryMarshal.GetReference(numbers));
        ref double target = ref MemoryMarshal.GetReference(into);
        nuint length = (nuint)numbers.Length, at = 0;
        for (; at + Width <= length; at += Width)
            TLanes.Store(TLanes.FromUnsigned(TLanes.Load(ref first, at)), ref target, at);
        s_scalar.ToDoubles(numbers[(int)at..], into[(int)at..]);
    }

    /// <summary>All bits set where the timestamp is out of the range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLong Outside(TLong timestamps, TLong from, TLong to) =>
        TLanes.Or(TLanes.GreaterThan(from, timestamps), TLanes.GreaterThan(timestamps, to));
}
