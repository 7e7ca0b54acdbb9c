using System;
using System.Collections.Generic;
using Slungd.Engine.Segments;

namespace Slungd.Engine.Store;

/// <summary>What a crash left of a compaction. If the output that got its name last is there, that is its sources; else
/// it is outputs, as long as all their sources are there.</summary>
internal static class CompactionLeftovers
{
    /// <summary>The numbers of the segments that do not count.</summary>
    public static HashSet<ulong> Among(IReadOnlyCollection<SegmentFooter> footers)
    {
        var numbers = new HashSet<ulong>();
        foreach (SegmentFooter footer in footers) numbers.Add(footer.Number);
        var leftovers = new HashSet<ulong>();
        foreach (SegmentFooter footer in footers)
        {
            if (footer.Sources.Length == 0) continue;
            if (numbers.Contains(footer.Group)) leftovers.UnionWith(footer.Sources);
            else if (Array.TrueForAll(footer.Sources, numbers.Contains)) leftovers.Add(footer.Number);
        }
        leftovers.IntersectWith(numbers);
        return leftovers;
    }
}
