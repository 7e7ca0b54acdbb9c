using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Checks;

namespace Slungd.Engine.Store;

/// <summary>One merge for the <see cref="SegmentMerger"/>.</summary>
/// <param name="Sources">Whole segments by age of their writes, oldest first; kept open by the caller. No two whose
/// times overlap have flushes in common.</param>
/// <param name="Windows">Ascending, without overlap; each with points becomes an output. Points outside are left
/// out.</param>
/// <param name="CreatedAt">Microseconds since 1970.</param>
/// <param name="NameOutput">A new name.</param>
/// <param name="Pace">Called after each page with the bytes written so far, to wait; false ends the merge.</param>
internal sealed record MergeJob(Segment[] Sources, TimeRange[] Windows, long CreatedAt, Func<SegmentName> NameOutput,
    Func<long, bool> Pace)
{
    /// <summary>What they cover is left out, too.</summary>
    public TombstoneSet Tombstones { get; init; } = TombstoneSet.Empty;

    /// <summary>The outputs begun so far.</summary>
    public List<SegmentName> Outputs { get; } = [];

    /// <summary>What the footers of all outputs have in common: whose writes they hold.</summary>
    public SegmentFooter Origin()
    {
        SegmentFooter origin = Sources[0].Reader.Footer;
        (ulong first, ulong last, ulong logThrough) = (origin.FirstSequence, origin.LastSequence, origin.LogThrough);
        var marks = new SortedDictionary<ulong, ProducerMark>();
        foreach (Segment source in Sources)
        {
            SegmentFooter footer = source.Reader.Footer;
            (first, last) = (Math.Min(first, footer.FirstSequence), Math.Max(last, footer.LastSequence));
            logThrough = Math.Max(logThrough, footer.LogThrough);
            foreach (ProducerMark mark in footer.Marks)
                if (!marks.TryGetValue(mark.Producer, out ProducerMark known) || mark.IsAfter(known))
                    marks[mark.Producer] = mark;
        }
        return new SegmentFooter
        {
            CreatedAt = CreatedAt, FirstSequence = first, LastSequence = last, LogThrough = logThrough,
            DeletesThrough = (uint)Tombstones.LastNumber,
            Marks = [.. marks.Values], Sources = Array.ConvertAll(Sources, static s => s.Name.Number),
        };
    }

    public void Check()
    {
        Invariant.Check(Sources.Length is >= 1 and <= SegmentFooter.MaxSources);
        Invariant.Check(Windows.Length > 0 && Outputs.Count == 0);
        for (int i = 0; i < Sources.Length; i++)
        {
            Segment source = Sources[i];
            Invariant.Check(source.IsWhole);
            for (int j = 0; j < i; j++)
            {
                bool overlaps = new TimeRange(source.MinTimestamp, source.MaxTimestamp)
                    .Overlaps(Sources[j].MinTimestamp, Sources[j].MaxTimestamp);
                Invariant.Check(!overlaps || Sources[j].Sequence < source.Reader.Footer.FirstSequence);
            }
        }
    }
}
