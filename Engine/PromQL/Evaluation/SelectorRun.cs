using System;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>An instant selector: at each step a series' last sample in the window.</summary>
internal sealed class SelectorRun : SeriesRun
{
    private readonly QueryContext _context;
    private readonly Windowing _windowing;
    private readonly SampleAspect _aspect;
    private readonly ColumnSink _to;
    private readonly SampleWindow _window;
    private readonly StepColumn _column;
    private readonly SampleCounts? _counts;
    private readonly long _first;
    private readonly long _last;

    public SelectorRun(QueryContext context, Windowing windowing, SampleAspect aspect, ColumnSink to)
    {
        (_context, _windowing, _aspect, _to) = (context, windowing, aspect, to);
        _counts = context.Counts;
        int steps = windowing.Range.Count;
        windowing.Bounds(0, out _first, out _);
        windowing.Bounds(steps - 1, out _, out _last);
        _window = new SampleWindow(context);
        _column = new StepColumn(steps);
    }

    public override long Room => _window.Room;

    public override void Run(SelectedSeries series)
    {
        _column.Clear();
        _window.Open(series, _first, _last, keepStale: true);
        if (_window.HasHistograms)
        {
            for (int i = 0; i < _column.Steps; i++)
            {
                _windowing.Bounds(i, out long after, out long through);
                _window.Advance(after, through);
                TakeLast(i);
            }
        }
        else
        {
            TakeFloats();
        }
        _counts?.Add(_column);
        if (!_column.IsEmpty) _to.Accept(series.Labels, false, _column);
    }

    public override void Dispose() => _window.Dispose();

    private void TakeFloats()
    {
        for (int i = 0; i < _column.Steps; i++)
        {
            _windowing.Bounds(i, out long after, out long through);
            if (!_window.TryLast(after, through, out long time, out double value) || StaleMarker.Is(value)) continue;
            _column.Set(i, _aspect == SampleAspect.Value ? value : _context.Scale.Seconds(time));
        }
    }

    // The window's last sample, unless it says that the series has ended.
    private void TakeLast(int step)
    {
        ReadOnlySpan<long> times = _window.Times;
        int histograms = _window.HistogramCount;
        long histogramTime = histograms > 0 ? _window.HistogramTimeAt(histograms - 1) : long.MinValue;
        if (times.Length > 0 && times[^1] >= histogramTime)
        {
            double value = _window.Values[^1];
            if (StaleMarker.Is(value)) return;
            _column.Set(step, _aspect == SampleAspect.Value ? value : _context.Scale.Seconds(times[^1]));
        }
        else if (histograms > 0)
        {
            FloatHistogram histogram = _window.HistogramAt(histograms - 1);
            if (StaleMarker.Is(histogram.Sum)) return;
            if (_aspect == SampleAspect.Value) _column.Set(step, histogram);
            else _column.Set(step, _context.Scale.Seconds(histogramTime));
        }
    }
}
