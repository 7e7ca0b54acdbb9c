using System;
using Slungd.Native.Checks;

namespace Slungd.Engine.Store;

/// <summary>
/// Decides which segments are compacted next: a pure function of the list of segments.
/// <para>The sources of a plan are neighbours in the order of their writes. Of equal timestamps the segment with the
/// later range of flushes wins, so the output takes the place of all its sources at once; were there a segment between
/// them, the output would have to be both older and newer than that.</para>
/// <para>Size-tiered: eight of level 0 become one of level 1, eight of level 1 one of level 2, and of level 2 only
/// those whose largest is at most half of the whole, so a byte is rewritten once per level and then only when its
/// segment at least doubles (O'Neil et al., "The Log-Structured Merge-Tree", 1996, section 3).</para>
/// </summary>
internal static class CompactionPolicy
{
    /// <summary>Sources of one compaction.</summary>
    public const int FanIn = 8;

    public const int TopLevel = 2;

    /// <summary>The next compaction, or none.</summary>
    /// <param name="segments">By age of their writes, oldest first.</param>
    /// <param name="maxBytes">No output may be larger.</param>
    /// <param name="maxSpan">No output may span more time than this, unless a source does: what is removed by age is
    /// removed as a whole.</param>
    /// <param name="isForced">Merge whatever may be merged, few and unequal segments, too.</param>
    public static CompactionPlan Choose(ReadOnlySpan<CompactionSource> segments, long maxBytes, ulong maxSpan,
        bool isForced = false)
    {
        for (int tier = 0; tier <= TopLevel; tier++)
        {
            CompactionPlan plan = ChooseOfTier(segments, tier, maxBytes, maxSpan);
            if (!plan.IsNone) return plan;
        }
        return isForced ? ChooseCheapest(segments, maxBytes, maxSpan) : default;
    }

    /// <summary>The oldest eight neighbours of at most this level. Lower ones that remained among higher ones, since
    /// they did not fit then, go along.</summary>
    private static CompactionPlan ChooseOfTier(ReadOnlySpan<CompactionSource> segments, int tier, long maxBytes,
        ulong maxSpan)
    {
        for (int start = 0; start + FanIn <= segments.Length; start++)
        {
            ReadOnlySpan<CompactionSource> window = segments.Slice(start, FanIn);
            if (!MayMerge(window, tier, maxBytes, maxSpan, out long total, out long largest)) continue;
            if (tier == TopLevel && largest > total / 2) continue;
            return new CompactionPlan(start, FanIn, Math.Min(tier + 1, TopLevel));
        }
        return default;
    }

    /// <summary>Of all neighbours that may be merged, as many as possible that are the least work.</summary>
    private static CompactionPlan ChooseCheapest(ReadOnlySpan<CompactionSource> segments, long maxBytes, ulong maxSpan)
    {
        for (int count = Math.Min(FanIn, segments.Length); count >= 2; count--)
        {
            CompactionPlan best = default;
            long least = long.MaxValue;
            for (int start = 0; start + count <= segments.Length; start++)
            {
                ReadOnlySpan<CompactionSource> window = segments.Slice(start, count);
                if (!MayMerge(window, TopLevel, maxBytes, maxSpan, out long total, out _) || total >= least) continue;
                least = total;
                best = new CompactionPlan(start, count, LevelAbove(window));
            }
            if (!best.IsNone) return best;
        }
        return default;
    }

    private static int LevelAbove(ReadOnlySpan<CompactionSource> window)
    {
        int level = 0;
        foreach (CompactionSource source in window) level = Math.Max(level, source.Level);
        return Math.Min(level + 1, TopLevel);
    }

    private static bool MayMerge(ReadOnlySpan<CompactionSource> window, int tier, long maxBytes, ulong maxSpan,
        out long total, out long largest)
    {
        (total, largest) = (0, 0);
        (long min, long max) = (long.MaxValue, long.MinValue);
        ulong widest = maxSpan;
        foreach (CompactionSource source in window)
        {
            DebugCheck.That(source.MinTimestamp <= source.MaxTimestamp);
            if (!source.MayMove || source.Level > tier || source.Bytes > maxBytes - total) return false;
            total += source.Bytes;
            largest = Math.Max(largest, source.Bytes);
            min = Math.Min(min, source.MinTimestamp);
            max = Math.Max(max, source.MaxTimestamp);
            widest = Math.Max(widest, Span(source.MinTimestamp, source.MaxTimestamp));
        }
        return Span(min, max) <= widest;
    }

    private static ulong Span(long min, long max) => (ulong)max - (ulong)min;
}

/// <summary>What the policy knows of a segment.</summary>
/// <param name="Level">0 to 2.</param>
/// <param name="Bytes">On disk.</param>
/// <param name="MinTimestamp">Its oldest point.</param>
/// <param name="MaxTimestamp">Its newest point.</param>
/// <param name="MayMove">False: it stays as it is, and its neighbours are not each other's.</param>
internal readonly record struct CompactionSource(int Level, long Bytes, long MinTimestamp, long MaxTimestamp,
    bool MayMove = true);

/// <summary>So many neighbours from the one at Start on become one segment of a level. The default is none.</summary>
internal readonly record struct CompactionPlan(int Start, int Count, int Level)
{
    public bool IsNone => Count == 0;
}
