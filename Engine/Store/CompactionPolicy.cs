using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Engine.Store;

/// <summary>
/// Decides what is compacted next: a pure function of the list of segments (docs/adr/0003-compaction.md).
/// <para>Segments whose times overlap must never have flushes in common, since the one with the later flushes wins.
/// So segments may be merged when no other, between their oldest and their newest flush, overlaps the time they
/// span.</para>
/// <para>A byte is rewritten once per level: eight of level 0 become level 1, eight of level 1 level 2, and level 0
/// becomes level 2 at once where that fills its pages already. Of level 2 only eight in one window are merged, and
/// only where that fills pages or untangles times; the largest of them is at most half of the whole, so that a segment
/// at least doubles (O'Neil et al., "The Log-Structured Merge-Tree", 1996, section 3).</para>
/// </summary>
internal sealed class CompactionPolicy(CompactionWindows windows, long maxBytes, int fullPage)
{
    /// <summary>Sources of one compaction.</summary>
    public const int FanIn = 8;

    public const int TopLevel = 2;

    /// <summary>What is at least this large, and has the points of a full page of each series, gains little from
    /// another merge.</summary>
    private const long FinalBytes = 8L << 20;

    /// <summary>The next compaction, or null.</summary>
    /// <param name="segments">By their newest write.</param>
    /// <param name="isForced">Merge whatever may be merged, few and unequal segments, too.</param>
    public CompactionPlan? Choose(ReadOnlySpan<CompactionSource> segments, bool isForced = false) =>
        ChooseOfLevel(segments, 0) ?? ChooseOfLevel(segments, 1) ?? ChooseOfTop(segments, areTangled: false) ??
        ChooseOfTop(segments, areTangled: true) ?? (isForced ? ChooseForced(segments) : null);

    /// <summary>The oldest eight of a level. Lower ones that remained among them go along.</summary>
    private CompactionPlan? ChooseOfLevel(ReadOnlySpan<CompactionSource> segments, int level)
    {
        int[] candidates = Where(segments, level, static (s, level) => s.Level <= level);
        for (int end = FanIn; end <= candidates.Length; end++)
        {
            ReadOnlySpan<int> run = candidates.AsSpan(end - FanIn, FanIn);
            if (segments[run[^1]].Level != level || !TryMeasure(segments, run, out Merge merge)) continue;
            return PlanOf(run, IsFinal(merge.Bytes, merge.Rows, merge.Series) ? TopLevel : level + 1, in merge);
        }
        return null;
    }

    /// <summary>Eight of the top level that lie in one window: those with short pages, or those that lie over each
    /// other.</summary>
    private CompactionPlan? ChooseOfTop(ReadOnlySpan<CompactionSource> segments, bool areTangled)
    {
        int[] candidates = ByTime(segments, Where(segments, 0, (s, _) =>
            s.Level == TopLevel && (areTangled || !IsFinal(s.Bytes, s.Rows, s.Series))));
        for (int end = FanIn; end <= candidates.Length; end++)
        {
            ReadOnlySpan<int> run = candidates.AsSpan(end - FanIn, FanIn);
            if (!TryMeasure(segments, run, out Merge merge) || merge.Largest > merge.Bytes / 2) continue;
            if (areTangled && merge.Spans < 2 * Span(merge.Min, merge.Max)) continue;
            CompactionPlan plan = PlanOf(run, TopLevel, in merge);
            if (plan.Windows.Length == 1) return plan;
        }
        return null;
    }

    private bool IsFinal(long bytes, long rows, int series) =>
        bytes >= FinalBytes && rows / Math.Max(1, series) >= fullPage;

    private static double Span(long min, long max) => (double)max - min + 1;

    /// <summary>As many as possible that become one; else whatever is not of the top level yet; else what has dead
    /// points. Of equals the least work. Each plan leaves fewer segments, or fewer below the top level, or fewer dead
    /// points.</summary>
    private CompactionPlan? ChooseForced(ReadOnlySpan<CompactionSource> segments)
    {
        int[] all = ByTime(segments, Where(segments, 0, static (_, _) => true));
        for (int count = Math.Min(FanIn, all.Length); count >= 2; count--)
            if (ChooseCheapest(segments, all, count, isOneWindow: true) is { } plan) return plan;
        int[] low = ByTime(segments, Where(segments, 0, static (s, _) => s.Level < TopLevel));
        for (int count = Math.Min(FanIn, low.Length); count >= 1; count--)
            if (ChooseCheapest(segments, low, count, isOneWindow: false) is { } plan) return plan;
        int[] dead = Where(segments, 0, static (s, _) => s.HasDeadPoints);
        return ChooseCheapest(segments, dead, 1, isOneWindow: false);
    }

    private CompactionPlan? ChooseCheapest(ReadOnlySpan<CompactionSource> segments, int[] candidates, int count,
        bool isOneWindow)
    {
        CompactionPlan? best = null;
        long least = long.MaxValue;
        for (int end = count; end <= candidates.Length; end++)
        {
            ReadOnlySpan<int> run = candidates.AsSpan(end - count, count);
            if (!TryMeasure(segments, run, out Merge merge) || merge.Bytes >= least) continue;
            CompactionPlan plan = PlanOf(run, TopLevel, in merge);
            if (isOneWindow && plan.Windows.Length > 1) continue;
            best = plan;
            least = merge.Bytes;
        }
        return best;
    }

    /// <summary>What the sources of a merge are together.</summary>
    private struct Merge
    {
        public long Bytes, Largest, Rows, Min, Max;
        public double Spans; // of the sources, added up
        public int Series; // of the source with most
        public ulong First, Last;
    }

    /// <summary>False when these must not be merged.</summary>
    private bool TryMeasure(ReadOnlySpan<CompactionSource> segments, ReadOnlySpan<int> run, out Merge merge)
    {
        merge = new Merge { Series = 1, Min = long.MaxValue, Max = long.MinValue, First = ulong.MaxValue };
        foreach (int index in run)
        {
            ref readonly CompactionSource source = ref segments[index];
            DebugCheck.That(source.MinTimestamp <= source.MaxTimestamp && source.FirstSequence <= source.LastSequence);
            merge.Bytes += source.Bytes;
            merge.Rows += source.Rows;
            merge.Largest = Math.Max(merge.Largest, source.Bytes);
            merge.Series = Math.Max(merge.Series, source.Series);
            merge.Spans += Span(source.MinTimestamp, source.MaxTimestamp);
            (merge.Min, merge.Max) = (Math.Min(merge.Min, source.MinTimestamp),
                Math.Max(merge.Max, source.MaxTimestamp));
            (merge.First, merge.Last) = (Math.Min(merge.First, source.FirstSequence),
                Math.Max(merge.Last, source.LastSequence));
        }
        if (run.Length > 1 && merge.Bytes > maxBytes) return false;
        for (int i = 0; i < segments.Length; i++)
        {
            ref readonly CompactionSource other = ref segments[i];
            bool isBetween = other.LastSequence >= merge.First && other.FirstSequence <= merge.Last;
            if (isBetween && other.Overlaps(merge.Min, merge.Max) && !run.Contains(i)) return false;
        }
        return true;
    }

    private CompactionPlan PlanOf(ReadOnlySpan<int> run, int level, in Merge merge)
    {
        int[] sources = run.ToArray();
        Array.Sort(sources);
        return new CompactionPlan(sources, level, windows.Cut(level, merge.Bytes, merge.Min, merge.Max));
    }

    private static int[] Where(ReadOnlySpan<CompactionSource> segments, int level,
        Func<CompactionSource, int, bool> isWanted)
    {
        var wanted = new List<int>();
        for (int i = 0; i < segments.Length; i++)
            if (segments[i].MayMove && isWanted(segments[i], level)) wanted.Add(i);
        return [.. wanted];
    }

    private static int[] ByTime(ReadOnlySpan<CompactionSource> segments, int[] indexes)
    {
        var starts = new long[indexes.Length];
        for (int i = 0; i < indexes.Length; i++) starts[i] = segments[indexes[i]].MinTimestamp;
        Array.Sort(starts, indexes);
        return indexes;
    }
}
