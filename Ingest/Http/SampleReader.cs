using System;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Protocols.RemoteRead;

namespace Slungd.Ingest.Http;

/// <summary>Reads series that look alike (see <see cref="AlikeSeries"/>) as one: numbers as floats and native
/// histograms, at milliseconds, in the order of time. Of several points inside one millisecond the last is taken, of
/// several at one time that of the last series.</summary>
internal sealed class SampleReader : IDisposable
{
    private readonly Source[] _sources;
    private bool _hasNext;
    private long _time;
    private double _value;
    private bool _isRounded;
    private FloatHistogram? _histogram;

    public SampleReader(ISeriesReader reader, SeriesView view, ReadOnlySpan<SeriesId> series, ReadQuery query)
    {
        TimeRange range = RangeOf(query, reader.Precision);
        _sources = new Source[series.Length];
        for (int i = 0; i < _sources.Length; i++)
        {
            _sources[i] = new Source(view.Open(series[i], range, acceptSummaries: false), reader.Precision);
            _sources[i].MoveNext();
        }
        MoveNext();
    }

    /// <summary>The next sample is a number.</summary>
    public bool IsFloatNext => _hasNext && _histogram is null;

    /// <summary>The next sample is a histogram.</summary>
    public bool IsHistogramNext => _hasNext && _histogram is not null;

    /// <summary>Of what the last call read a stored time was no whole millisecond.</summary>
    public bool WasRounded { get; private set; }

    /// <summary>The stored times that lie in the query's milliseconds.</summary>
    public static TimeRange RangeOf(ReadQuery query, Precision precision)
    {
        (Int128 start, Int128 end) = (query.Start, query.End);
        if (precision == Precision.Seconds) (start, end) = (-FloorDivide(-start, 1000), FloorDivide(end, 1000));
        else
        {
            long perMillisecond = precision.PerSecond() / 1000;
            (start, end) = (start * perMillisecond, end * perMillisecond + perMillisecond - 1);
        }
        if (start > long.MaxValue || end < long.MinValue) return new TimeRange(1, 0);
        return new TimeRange((long)Int128.Max(start, long.MinValue), (long)Int128.Min(end, long.MaxValue));
    }

    /// <summary>Reads the next numbers; fewer than there is room for only before a histogram and at the end.</summary>
    public int Read(Span<long> times, Span<double> values)
    {
        int count = 0;
        WasRounded = false;
        for (; IsFloatNext && count < times.Length; MoveNext())
        {
            (times[count], values[count++]) = (_time, _value);
            WasRounded |= _isRounded;
        }
        return count;
    }

    /// <summary>As <see cref="Read(Span{long}, Span{double})"/>, of the next histograms.</summary>
    public int Read(Span<long> times, Span<FloatHistogram> histograms)
    {
        int count = 0;
        for (; IsHistogramNext && count < times.Length; MoveNext())
            (times[count], histograms[count++]) = (_time, _histogram!);
        return count;
    }

    public void Dispose()
    {
        foreach (Source source in _sources) source.Dispose();
    }

    private static Int128 FloorDivide(Int128 a, Int128 b)
    {
        (Int128 quotient, Int128 rest) = Int128.DivRem(a, b);
        return rest < 0 ? quotient - 1 : quotient;
    }

    private void MoveNext()
    {
        _hasNext = false;
        foreach (Source source in _sources)
        {
            if (source.IsAtEnd || _hasNext && source.Time >= _time) continue;
            (_hasNext, _time) = (true, source.Time);
        }
        _isRounded = false;
        if (!_hasNext) return;
        long last = long.MinValue;
        foreach (Source source in _sources)
        {
            for (; !source.IsAtEnd && source.Time == _time; source.MoveNext())
            {
                _isRounded |= source.IsRounded;
                if (source.StoredTime < last) continue;
                (last, _value, _histogram) = (source.StoredTime, source.Value, source.Histogram);
            }
        }
    }

    /// <summary>The points of one stored series.</summary>
    private sealed class Source(SeriesCursor cursor, Precision precision) : IDisposable
    {
        private readonly long _perMillisecond = precision.PerSecond() / 1000; // 0: of seconds
        private int _at = -1; // before the first block

        public bool IsAtEnd { get; private set; }

        /// <summary>In the store's precision.</summary>
        public long StoredTime { get; private set; }

        /// <summary>In milliseconds.</summary>
        public long Time { get; private set; }

        /// <summary>The stored time is finer.</summary>
        public bool IsRounded { get; private set; }

        public double Value { get; private set; }

        public FloatHistogram? Histogram { get; private set; }

        public void MoveNext()
        {
            while (true)
            {
                if (_at < 0 || ++_at == cursor.Timestamps.Length)
                {
                    _at = 0;
                    IsAtEnd = !cursor.MoveNext();
                    if (IsAtEnd) return;
                }
                StoredTime = cursor.Timestamps[_at];
                bool isThere = Precision.Milliseconds.TryConvert(StoredTime, precision, out long time);
                Time = time;
                IsRounded = _perMillisecond > 1 && time * _perMillisecond != StoredTime;
                if (cursor.Family != ValueFamily.Histogram) Value = cursor.Family.ToDouble(cursor.Values[_at]);
                else if (HistogramCodec.TryDecode(cursor.PayloadAt(_at), out FloatHistogram histogram))
                    Histogram = histogram;
                else isThere = false; // of a later version
                if (isThere) return;
            }
        }

        public void Dispose() => cursor.Dispose();
    }
}
