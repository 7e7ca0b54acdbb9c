using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Slungd.Native.Checks;

namespace Slungd.Native.SkipLists;

/// <summary>Questions about columns of timestamps, answered several lanes at a time.
/// Contract: reads and writes only the given columns; the caller owns them.</summary>
internal static unsafe class TimestampRun
{
    /// <summary>How many leading timestamps are strictly ascending: at least 1 unless the column is empty.</summary>
    public static int AscendingPrefix(ReadOnlySpan<long> timestamps)
    {
        fixed (long* t = timestamps) return AscendingPrefix(t, timestamps.Length);
    }

    /// <summary>As above.</summary>
    public static int AscendingPrefix(long* timestamps, int count)
    {
        DebugCheck.That(count >= 0);
        int i = 1;
        for (; i + Vector<long>.Count <= count; i += Vector<long>.Count)
        {
            var current = Unsafe.ReadUnaligned<Vector<long>>(timestamps + i);
            var previous = Unsafe.ReadUnaligned<Vector<long>>(timestamps + i - 1);
            if (!Vector.GreaterThanAll(current, previous)) break;
        }
        while (i < count && timestamps[i] > timestamps[i - 1]) i++;
        return Math.Min(i, count);
    }

    /// <summary>Writes start, start + step, ... (wrapping; the caller has checked the range it needs).</summary>
    public static void FillRegular(long* target, int count, long start, long step)
    {
        DebugCheck.That(count >= 0);
        int i = 0;
        if (count >= Vector<long>.Count)
        {
            Vector<long> current = new Vector<long>(start) + Vector<long>.Indices * step;
            var stride = new Vector<long>(step * Vector<long>.Count);
            for (; i + Vector<long>.Count <= count; i += Vector<long>.Count)
            {
                Unsafe.WriteUnaligned(target + i, current);
                current += stride;
            }
        }
        for (; i < count; i++) target[i] = unchecked(start + i * step);
    }

    /// <summary>As <see cref="LowerBound"/>, fast when the answer is close to the count.</summary>
    public static int LowerBoundNearEnd(long* timestamps, int count, long key)
    {
        DebugCheck.That(count >= 0);
        int high = count; // every timestamp from here on is not below the key
        int step = 1;
        while (high >= step && timestamps[high - step] >= key)
        {
            high -= step;
            step *= 2;
        }
        int low = high >= step ? high - step + 1 : 0;
        return low + LowerBound(timestamps + low, high - low, key);
    }

    /// <summary>The index of the first timestamp that is not below <paramref name="key"/>, or the count.</summary>
    public static int LowerBound(long* timestamps, int count, long key)
    {
        DebugCheck.That(count >= 0);
        int low = 0;
        while (count > 0)
        {
            int half = count >>> 1;
            bool below = timestamps[low + half] < key;
            low = below ? low + half + 1 : low;
            count = below ? count - half - 1 : half;
        }
        return low;
    }
}
