using System.Collections.Generic;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The series of an answer. Names whose removal was delayed fall away here, and series that have become the
/// same are merged.</summary>
internal sealed class ResultTable(QueryContext context) : ColumnSink
{
    private readonly ColumnTable _table = new(context, merges: true);

    public override void Accept(LabelSet labels, bool dropName, StepColumn column) =>
        _table.Accept(dropName ? labels.WithoutMetadata() : labels, false, column);

    public void AddScalar(double[] values)
    {
        StepColumn column = new(values.Length);
        for (int i = 0; i < values.Length; i++) column.Set(i, values[i]);
        Accept(LabelSet.Empty, false, column);
    }

    public List<PromQLSeries> ToSeries(StepRange range, bool sorted)
    {
        List<PromQLSeries> series = new(_table.Entries.Count);
        foreach (ColumnEntry entry in _table.Entries)
        {
            entry.Labels.Read(); // while the view is there
            series.Add(ToSeries(entry, range));
        }
        if (sorted) series.Sort(static (a, b) => a.Labels.CompareTo(b.Labels));
        return series;
    }

    private static PromQLSeries ToSeries(ColumnEntry entry, StepRange range)
    {
        StepColumn column = entry.Column;
        int count = column.Count;
        long[] times = new long[count];
        double[] values = new double[count];
        FloatHistogram?[]? histograms = column.Histograms is null ? null : new FloatHistogram?[count];
        for (int step = column.Next(0), i = 0; step >= 0; step = column.Next(step + 1), i++)
        {
            times[i] = range.TimeOf(step);
            values[i] = column.Values[step];
            if (histograms is not null) histograms[i] = column.HistogramAt(step);
        }
        return new PromQLSeries(entry.Labels, times, values, histograms);
    }
}
