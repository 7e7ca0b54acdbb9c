using System;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Engine.Model;

/// <summary>The waist out. PromQL and the DSL know only this.</summary>
internal interface ISeriesReader
{
    /// <summary>The unit of every timestamp.</summary>
    Precision Precision { get; }

    /// <summary>Opens a view that sees all or none of every flush, compaction and delete. Dispose it soon: it keeps
    /// memory and files alive. Any thread; a view belongs to one thread at a time, but for <see
    /// cref="SeriesView.Open"/>, <see cref="SeriesView.KeyOf"/> and <see cref="SeriesView.FamilyOf"/>, which several
    /// threads may call at once; its cursors belong to one thread each, and none is in use when it is
    /// disposed.</summary>
    SeriesView OpenView();
}

/// <summary>A consistent view of the store.</summary>
internal abstract class SeriesView : IDisposable
{
    /// <summary>Adds the ids of the matching series to <paramref name="into"/>, ascending. A series may turn out to
    /// have no points in the range.</summary>
    public abstract void Select(SeriesSelector selector, TimeRange range, List<SeriesId> into);

    /// <summary>As <see cref="Select"/>, without series that have no points in the range as far as the indexes tell: a
    /// few may be left, none with points is missing. For lists of series; a query need not ask twice.</summary>
    public virtual void SelectWithPoints(SeriesSelector selector, TimeRange range, List<SeriesId> into)
    {
        int start = into.Count;
        Select(selector, range, into);
        int kept = start;
        SeriesCursor? cursor = null;
        for (int i = start; i < into.Count; i++)
        {
            cursor = Open(into[i], range, acceptSummaries: true, cursor);
            if (cursor.MoveNext()) into[kept++] = into[i];
        }
        cursor?.Dispose();
        into.RemoveRange(kept, into.Count - kept);
    }

    /// <summary>The names of all labels (see <see cref="SeriesLabels"/>) that the series of <see
    /// cref="SelectWithPoints"/> have.</summary>
    public virtual LabelTexts LabelNames(SeriesSelector selector, TimeRange range)
    {
        var names = new SortedSet<byte[]>(s_bytewise);
        var series = new List<SeriesId>();
        SelectWithPoints(selector, range, series);
        foreach (SeriesId id in series)
        {
            SeriesKey key = KeyOf(id);
            if (key.NameBytes.Length > 0) names.Add(SeriesLabels.NameBytes.ToArray());
            foreach (byte[] tag in key.TagBytes)
            {
                ReadOnlySpan<byte> label = SeriesLabels.LabelOf(tag);
                if (!key.LabelValue(label).IsEmpty) names.Add(label.ToArray());
            }
        }
        return LabelTexts.Of([.. names]);
    }

    /// <summary>The values that a label has in the series of <see cref="SelectWithPoints"/>, without the empty
    /// one.</summary>
    public virtual LabelTexts LabelValues(string label, SeriesSelector selector, TimeRange range)
    {
        byte[] name = Encoding.UTF8.GetBytes(label);
        var values = new SortedSet<byte[]>(s_bytewise);
        var series = new List<SeriesId>();
        SelectWithPoints(selector, range, series);
        foreach (SeriesId id in series)
        {
            ReadOnlySpan<byte> value = KeyOf(id).LabelValue(name);
            if (!value.IsEmpty) values.Add(value.ToArray());
        }
        return LabelTexts.Of([.. values]);
    }

    /// <summary>The labels of the series selected so far by number; null where that can't be done. Ask again behind
    /// each selection.</summary>
    public virtual ILabelSymbols? Symbols => null;

    /// <summary>The series' name and tags.</summary>
    public abstract SeriesKey KeyOf(SeriesId series);

    public abstract ValueFamily FamilyOf(SeriesId series);

    /// <summary>Sorts series that look alike (see <see cref="SeriesLabels"/>): of their points at one time that of the
    /// last counts. The store knows no order of writes between series; this one is the same in every process: numbers
    /// behind histograms, then by key.</summary>
    public void SortAlike(Span<SeriesId> series) => series.Sort((a, b) =>
    {
        int order = FamilyOf(a).IsNumeric().CompareTo(FamilyOf(b).IsNumeric());
        return order != 0 ? order : SeriesKeyOrder.Instance.Compare(KeyOf(a), KeyOf(b));
    });

    /// <summary>Opens a cursor over one series' points in the range. With <paramref name="acceptSummaries"/> a block
    /// that lies wholly inside the range may come as its summary.</summary>
    /// <param name="series">Which series.</param>
    /// <param name="range">Only blocks overlapping it are produced; edge blocks are cut to it.</param>
    /// <param name="acceptSummaries">The caller needs only aggregates over whole blocks.</param>
    /// <param name="reuse">A finished cursor of this view to use again, or null.</param>
    public abstract SeriesCursor Open(SeriesId series, TimeRange range, bool acceptSummaries,
        SeriesCursor? reuse = null);

    public abstract void Dispose();

    private static readonly Comparer<byte[]> s_bytewise =
        Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));
}

/// <summary>Walks one series' points as blocks: ascending, no overlap, no duplicate timestamps (the last write has
/// won), every timestamp inside the range.</summary>
internal abstract class SeriesCursor : IDisposable
{
    /// <summary>Moves to the next block; false at the end. The former block's spans are dead after this call.</summary>
    public abstract bool MoveNext();

    /// <summary>True when this block is given only as <see cref="Summary"/>.</summary>
    public bool IsSummary { get; protected set; }

    /// <summary>Valid while <see cref="IsSummary"/>.</summary>
    public BlockSummary Summary;

    public abstract ValueFamily Family { get; }

    /// <summary>Never empty while <see cref="IsSummary"/> is false.</summary>
    public abstract ReadOnlySpan<long> Timestamps { get; }

    /// <summary>The values' bits, as long as <see cref="Timestamps"/>.</summary>
    public abstract ReadOnlySpan<ulong> Values { get; }

    /// <summary>The sum of all values of this block, where the place that holds it can tell without handing out its
    /// points; else false. None of them is NaN then.</summary>
    /// <param name="count">How many values.</param>
    /// <param name="sum">Within 1e-15 of the sum of magnitudes.</param>
    public virtual bool TrySum(out long count, out double sum)
    {
        (count, sum) = (0, 0);
        return false;
    }

    /// <summary>The bytes of point <paramref name="index"/> of this block; payload families only.</summary>
    public abstract ReadOnlySpan<byte> PayloadAt(int index);

    public abstract void Dispose();
}
