using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>A range function over the series of a range selector.</summary>
internal sealed class MatrixRun(SampleWindow window, WindowRun run, PageTotals? totals, Windowing windowing, long first,
    long last) : SeriesRun
{
    /// <summary>The windows' ends, widened for the function's needs.</summary>
    public static void Extent(QueryContext context, Windowing windowing, RangeEdges edges, out long first,
        out long last)
    {
        windowing.Bounds(0, out first, out _);
        windowing.Bounds(windowing.Range.Count - 1, out _, out last);
        WindowRun.Widen(context, edges, ref first, ref last);
    }

    public override long Room => window.Room;

    public override void Run(SelectedSeries series)
    {
        if (totals is not null && series.Others is null && run.TrySeries(series, totals, windowing)) return;
        window.Open(series, first, last, keepStale: false);
        run.Series(series.Labels, false, windowing);
    }

    public override void Dispose()
    {
        window.Dispose();
        totals?.Dispose();
    }
}
