using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.RemoteRead;

namespace Slungd.Ingest.Http;

/// <summary>Reads a numeric series as floats at milliseconds. Of several points inside one millisecond the last is
/// taken.</summary>
internal sealed class SampleReader : IDisposable
{
    private readonly SeriesCursor _cursor;
    private readonly Precision _precision;
    private int _at;
    private bool _isAtEnd;
    private bool _hasNext;
    private long _time;
    private double _value;

    public SampleReader(ISeriesReader reader, SeriesView view, SeriesId series, ReadQuery query)
    {
        _precision = reader.Precision;
        _cursor = view.Open(series, RangeOf(query, _precision), acceptSummaries: false);
        _isAtEnd = !_cursor.MoveNext();
        _hasNext = TryTake(out _time, out _value);
    }

    /// <summary>The stored times that lie in the query's milliseconds.</summary>
    public static TimeRange RangeOf(ReadQuery query, Precision precision)
    {
        long perMillisecond = Math.Max(1, precision.PerSecond() / 1000);
        if (!precision.TryConvert(query.Start, Precision.Milliseconds, out long start))
            start = query.Start < 0 ? long.MinValue : long.MaxValue;
        else if (precision == Precision.Seconds && start * 1000 < query.Start) start++;
        bool fits = precision.TryConvert(query.End, Precision.Milliseconds, out long end);
        end = fits ? Math.Min(end, long.MaxValue - perMillisecond) + perMillisecond - 1
            : query.End < 0 ? long.MinValue : long.MaxValue;
        return new TimeRange(start, end);
    }

    /// <summary>Reads the next samples; fewer than there is room for only at the end.</summary>
    public int Read(Span<long> times, Span<double> values)
    {
        int count = 0;
        while (_hasNext && count < times.Length)
        {
            bool isMore = TryTake(out long time, out double value);
            if (!isMore || time != _time) (times[count], values[count++]) = (_time, _value);
            (_time, _value, _hasNext) = (time, value, isMore);
        }
        return count;
    }

    public void Dispose() => _cursor.Dispose();

    private bool TryTake(out long time, out double value)
    {
        (time, value) = (0, 0);
        while (!_isAtEnd)
        {
            if (_at < _cursor.Timestamps.Length)
            {
                value = _cursor.Family.ToDouble(_cursor.Values[_at]);
                return Precision.Milliseconds.TryConvert(_cursor.Timestamps[_at++], _precision, out time);
            }
            _at = 0;
            _isAtEnd = !_cursor.MoveNext();
        }
        return false;
    }
}
