using System;
using Slungd.Native.Simd;

namespace Slungd.Engine.Query;

/// <summary>Windows of one length, one after the other, aligned to the epoch; also before it.</summary>
internal static class Tumbling
{
    /// <summary>The window that holds a timestamp: its first and last timestamp, cut where i64 ends.</summary>
    public static void Bounds(long timestamp, long width, out long first, out long last)
    {
        long into = timestamp % width;
        if (into < 0) into += width;
        first = timestamp < long.MinValue + into ? long.MinValue : timestamp - into;
        long left = width - 1 - into;
        last = timestamp > long.MaxValue - left ? long.MaxValue : timestamp + left;
    }

    /// <summary>How many ascending timestamps are not above <paramref name="last"/>, the first of which is not: looks
    /// 1, 2, 4, ... ahead and searches between, so that small windows stay cheap in big blocks.</summary>
    public static int LengthThrough(ReadOnlySpan<long> timestamps, long last)
    {
        int ahead = 1;
        while (ahead < timestamps.Length && timestamps[ahead] <= last) ahead *= 2;
        int from = ahead / 2;
        int to = Math.Min(ahead, timestamps.Length);
        return from + Kernels.LowerBound(timestamps[from..to], last + 1); // last is below the block's last timestamp
    }
}
