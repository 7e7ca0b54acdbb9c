using System;
using Slungd.Engine.Model;
using Slungd.Native.Simd;

namespace Slungd.Engine.Store;

/// <summary>Which timestamps are accepted now, both ends inclusive.</summary>
internal readonly record struct TimeBounds(long Oldest, long Newest)
{
    public static readonly TimeBounds None = new(long.MinValue, long.MaxValue);

    public bool Contains(long timestamp) => timestamp >= Oldest && timestamp <= Newest;

    public RefusalCode Check(long timestamp) =>
        timestamp < Oldest ? RefusalCode.TooOld : timestamp > Newest ? RefusalCode.TooNew : RefusalCode.None;

    /// <summary>True when all of a non-empty column is accepted.</summary>
    public bool ContainsAll(ReadOnlySpan<long> timestamps)
    {
        if (this == None) return true;
        Kernels.MinMax(timestamps, out long min, out long max);
        return Contains(min) && Contains(max);
    }
}
