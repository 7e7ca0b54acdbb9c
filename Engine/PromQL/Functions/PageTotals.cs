using System;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>What windows amount to, from the summaries of the pages that lie wholly inside them: only pages at the
/// windows' edges are read. Pays for windows that cover several pages.</summary>
internal sealed class PageTotals(QueryContext context) : IDisposable
{
    private const int PagesToPay = 4;

    private SeriesCursor? _cursor;

    /// <summary>Whether the windows are long enough, judged by a page in the middle of the range. One window alone is
    /// always answered so: its inner pages would be read for nothing else.</summary>
    public bool Pays(SelectedSeries series, Windowing windowing, long first, long last)
    {
        if (series.Others is not null) return false;
        if (windowing.Range.Count == 1) return true;
        TimeRange range = context.Scale.Stored(first, last);
        if (range.IsEmpty) return false;
        _cursor = context.View.Open(series.Id, range, acceptSummaries: true, _cursor);
        while (_cursor.MoveNext())
        {
            if (!_cursor.IsSummary) continue;
            long span = _cursor.Summary.LastTimestamp - _cursor.Summary.FirstTimestamp;
            return (Int128)span * context.Scale.UnitsPerStored * PagesToPay <
                context.Scale.Units(windowing.Width);
        }
        return false;
    }

    /// <summary>Adds up a window; false when that can't be done from summaries: histograms, NaNs that may be stale
    /// markers, sums that are not finite.</summary>
    public bool TryAddUp(SelectedSeries series, long after, long through, out FloatAggregate total)
    {
        total = FloatAggregate.Empty;
        if (!context.View.FamilyOf(series.Id).IsNumeric()) return false;
        TimeRange range = context.Scale.Stored(after, through);
        if (range.IsEmpty) return true;
        _cursor = context.View.Open(series.Id, range, acceptSummaries: true, _cursor);
        while (_cursor.MoveNext())
        {
            if (_cursor.IsSummary)
            {
                ref BlockSummary page = ref _cursor.Summary;
                context.Read(1);
                total.Merge(new FloatAggregate
                {
                    Count = page.Count, Sum = page.Sum, SumLow = page.SumLow, Min = page.Min, Max = page.Max,
                });
            }
            else
            {
                Add(_cursor, ref total);
            }
            if (!double.IsFinite(total.Sum)) return false;
        }
        return true;
    }

    public void Dispose() => _cursor?.Dispose();

    private void Add(SeriesCursor cursor, ref FloatAggregate total)
    {
        context.Read(cursor.Timestamps.Length);
        if (cursor.Family == ValueFamily.Float)
        {
            Kernels.Aggregate(Reinterpret.AsDoubles(cursor.Values), ref total);
            return;
        }
        foreach (ulong bits in cursor.Values) total.Add(cursor.Family.ToDouble(bits));
    }
}
