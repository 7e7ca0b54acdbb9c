using System;
using System.Runtime.CompilerServices;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Native.Simd;

namespace Slungd.Engine.Segments;

/// <summary>Searches a page of ascending timestamps without decoding all of it: a first guess where the timestamp would
/// lie if all were equally far apart, then halves.</summary>
[SkipLocalsInit]
internal static class PageSearch
{
    /// <summary>Timestamps that are decoded at a time.</summary>
    public const int BlockLength = 1024;

    /// <summary>Finds the first timestamp that is not below <paramref name="bound"/>; false when the page can't be
    /// decoded.</summary>
    /// <param name="page">A time page.</param>
    /// <param name="summary">The page's count and ends.</param>
    /// <param name="bound">Above the page's first timestamp.</param>
    /// <param name="index">At most the page's count.</param>
    public static bool TryLowerBound(ReadOnlySpan<byte> page, in BlockSummary summary, long bound, out int index)
    {
        int count = (int)summary.Count, low = 0, high = (count + BlockLength - 1) / BlockLength;
        double span = (double)summary.LastTimestamp - summary.FirstTimestamp;
        double share = span > 0 ? ((double)bound - summary.FirstTimestamp) / span : 0;
        int block = Math.Clamp((int)(share * count) / BlockLength, 0, high - 1);
        Span<long> decoded = stackalloc long[BlockLength];
        while (low < high)
        {
            int start = block * BlockLength;
            index = start;
            Span<long> timestamps = decoded[..Math.Min(BlockLength, count - start)];
            if (!TimestampCodec.TryDecode(page, count, start, timestamps)) return false;
            if (timestamps[0] >= bound)
            {
                high = block;
            }
            else if (timestamps[^1] < bound)
            {
                low = block + 1;
            }
            else
            {
                index += Kernels.LowerBound(timestamps, bound);
                return true;
            }
            block = (low + high) / 2;
        }
        index = Math.Min(low * BlockLength, count);
        return true;
    }
}
