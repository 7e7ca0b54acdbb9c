using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Engine.Store;

/// <summary>
/// All deletes that some segment may still hold points of. Deletes are numbered upwards, and each segment says how
/// many of them its points have seen: one with a higher number covers it. Immutable: a reader's state has one, and sees
/// all of a delete or nothing.
/// <para>The ranges of one series do not overlap: a newer delete covers every segment that an older one covers, so
/// where both hold the older one is cut away. Repeating a delete, or moving its end along, takes no more room.</para>
/// </summary>
internal sealed class TombstoneSet
{
    public static readonly TombstoneSet Empty = new([], 0);

    private readonly Tombstone[] _sorted; // by series, all series last, then by time
    private uint[]? _ids;

    /// <param name="sorted">As the field says.</param>
    /// <param name="lastNumber">See <see cref="LastNumber"/>.</param>
    public TombstoneSet(Tombstone[] sorted, ulong lastNumber)
    {
        for (int i = 0; i < sorted.Length; i++)
        {
            Invariant.Check(!sorted[i].Range.IsEmpty && sorted[i].Number <= lastNumber);
            if (i > 0) Invariant.Check(InOrder(in sorted[i - 1], in sorted[i]));
        }
        _sorted = sorted;
        LastNumber = lastNumber;
    }

    /// <summary>The number of the last delete that ever was, whether it is still in here or not.</summary>
    public ulong LastNumber { get; }

    public int Count => _sorted.Length;

    public ReadOnlySpan<Tombstone> All => _sorted;

    /// <summary>The series that are named, ascending; all series are none of them.</summary>
    public ReadOnlySpan<uint> SeriesIds => _ids ??= Distinct();

    /// <summary>True when these may follow each other in a set.</summary>
    public static bool InOrder(in Tombstone before, in Tombstone after) => before.Series == after.Series
        ? before.Range.End < after.Range.Start : before.Series.Value < after.Series.Value;

    /// <summary>Those of one series alone; of <see cref="SeriesId.None"/>: those of all series.</summary>
    public ReadOnlySpan<Tombstone> Of(SeriesId series)
    {
        int low = 0, count = _sorted.Length;
        while (count > 0)
        {
            int half = count >> 1;
            bool below = _sorted[low + half].Series.Value < series.Value;
            low = below ? low + half + 1 : low;
            count = below ? count - half - 1 : half;
        }
        int end = low;
        while (end < _sorted.Length && _sorted[end].Series == series) end++;
        return _sorted.AsSpan(low, end - low);
    }

    /// <summary>Adds the ranges that are deleted of a series' points between two timestamps in a segment; they may
    /// overlap.</summary>
    public void CopyRanges(SeriesId series, ulong deletesThrough, TimeRange within, List<TimeRange> into)
    {
        if (_sorted.Length == 0 || LastNumber <= deletesThrough) return;
        foreach (ref readonly Tombstone tombstone in Of(series)) Add(in tombstone);
        foreach (ref readonly Tombstone tombstone in Of(SeriesId.None)) Add(in tombstone);

        void Add(in Tombstone tombstone)
        {
            TimeRange range = tombstone.Range;
            if (tombstone.Number > deletesThrough && range.Overlaps(within.Start, within.End)) into.Add(range);
        }
    }

    /// <summary>The same and one more delete, of the same range in each of these series.</summary>
    /// <param name="series">Ascending.</param>
    /// <param name="range">Not empty.</param>
    /// <param name="number">Above <see cref="LastNumber"/>.</param>
    public TombstoneSet With(ReadOnlySpan<SeriesId> series, TimeRange range, ulong number)
    {
        Invariant.Check(number > LastNumber && !range.IsEmpty);
        var next = new List<Tombstone>(_sorted.Length + series.Length);
        int at = 0;
        foreach (SeriesId id in series)
        {
            while (at < _sorted.Length && _sorted[at].Series.Value < id.Value) next.Add(_sorted[at++]);
            bool isAdded = false;
            for (; at < _sorted.Length && _sorted[at].Series == id; at++)
            {
                Tombstone old = _sorted[at];
                TimeRange own = old.Range;
                if (own.Start < range.Start)
                    next.Add(old with { Range = own with { End = Math.Min(own.End, range.Start - 1) } });
                if (own.End <= range.End) continue;
                if (!isAdded) next.Add(new Tombstone(id, range, number));
                isAdded = true;
                next.Add(old with { Range = own with { Start = Math.Max(own.Start, range.End + 1) } });
            }
            if (!isAdded) next.Add(new Tombstone(id, range, number));
        }
        next.AddRange(_sorted.AsSpan(at));
        return new TombstoneSet([.. next], number);
    }

    /// <summary>The same, as if deletes up to a number had been.</summary>
    public TombstoneSet Numbered(ulong number) => new(_sorted, Math.Max(LastNumber, number));

    private uint[] Distinct()
    {
        var ids = new List<uint>();
        foreach (Tombstone tombstone in _sorted)
        {
            if (tombstone.Series == SeriesId.None) break;
            if (ids.Count == 0 || ids[^1] != tombstone.Series.Value) ids.Add(tombstone.Series.Value);
        }
        return [.. ids];
    }
}
