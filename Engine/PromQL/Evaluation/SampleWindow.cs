using System;
using System.Buffers;
using System.Collections.Generic;
using System.Numerics;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>A window that slides forward over one series' samples. Every block of the store is read once, however often
/// windows overlap; what lies behind the window is forgotten.</summary>
/// <param name="context">The query.</param>
/// <param name="tracksDrops">Whether <see cref="MayDrop"/> is of interest.</param>
internal sealed class SampleWindow(QueryContext context, bool tracksDrops = false) : IDisposable
{
    private const int FirstRoom = 1024;

    private readonly bool _tracksDrops = tracksDrops;
    private long[] _times = ArrayPool<long>.Shared.Rent(FirstRoom);
    private double[] _values = ArrayPool<double>.Shared.Rent(FirstRoom);
    private int _room = FirstRoom; // of these; what the pool gives beyond is not used
    private int _first;
    private int _end;
    private int _loaded;
    private int _lastDrop;
    private int _firstStride; // how far the window's ends moved
    private int _endStride;
    private readonly List<long> _histogramTimes = [];
    private readonly List<FloatHistogram> _histograms = [];
    private int _firstHistogram;
    private int _endHistogram;
    private SeriesCursor? _cursor;
    private bool _more;
    private bool _keepStale;
    private long _loadedThrough;

    /// <summary>The floats' times in the window, in the query's units.</summary>
    public ReadOnlySpan<long> Times => _times.AsSpan(_first, _end - _first);

    public ReadOnlySpan<double> Values => _values.AsSpan(_first, _end - _first);

    /// <summary>Whether the series opened may have histograms.</summary>
    public bool HasHistograms { get; private set; }

    public int HistogramCount => _endHistogram - _firstHistogram;

    /// <summary>Samples that were reserved for; depends on the largest series alone, not on their order.</summary>
    public long Room => _room - FirstRoom;

    public bool IsEmpty => _end == _first && HistogramCount == 0;

    /// <summary>Whether a value in the window may be smaller than the one before.</summary>
    public bool MayDrop => _lastDrop > _first;

    public FloatHistogram HistogramAt(int index) => _histograms[_firstHistogram + index];

    public long HistogramTimeAt(int index) => _histogramTimes[_firstHistogram + index];

    /// <summary>Starts on a series of the store.</summary>
    /// <param name="series">Which one.</param>
    /// <param name="after">The start of the first window, in units; exclusive.</param>
    /// <param name="through">The end of the last window; inclusive.</param>
    /// <param name="keepStale">Stale markers are wanted; else they are left out.</param>
    public void Open(SelectedSeries series, long after, long through, bool keepStale)
    {
        Reset();
        _keepStale = keepStale;
        TimeRange range = context.Scale.Stored(after, through);
        if (range.IsEmpty) return;
        if (series.Others is not null)
        {
            LoadAlike(series, range);
            HasHistograms = _histograms.Count > 0;
            return;
        }
        _cursor = context.View.Open(series.Id, range, acceptSummaries: false, _cursor);
        _more = true;
        HasHistograms = _cursor.Family == ValueFamily.Histogram;
    }

    /// <summary>Starts on samples at hand; times in units, ascending.</summary>
    public void Open(ReadOnlySpan<long> times, StepColumn column)
    {
        Reset();
        MakeRoom(times.Length);
        for (int step = column.Next(0), i = 0; step >= 0; step = column.Next(step + 1), i++)
        {
            if (column.HistogramAt(step) is { } histogram) Add(times[i], histogram);
            else Add(times[i], column.Values[step]);
        }
    }

    /// <summary>Moves the window to (after, through]; neither may go back.</summary>
    public void Advance(long after, long through)
    {
        while (_more && _loadedThrough <= through) LoadBlock();
        _first = FirstAfter(_first, after, ref _firstStride);
        int from = Math.Max(_end, _first);
        _end = FirstAfter(from, through, ref _endStride);
        if (_tracksDrops) FindDrops(from);
        int count = _histogramTimes.Count;
        if (count == 0) return;
        while (_firstHistogram < count && _histogramTimes[_firstHistogram] <= after) _firstHistogram++;
        if (_endHistogram < _firstHistogram) _endHistogram = _firstHistogram;
        while (_endHistogram < count && _histogramTimes[_endHistogram] <= through) _endHistogram++;
    }

    /// <summary>Moves the window's end alone, for who asks for nothing but the last float: false when there is none in
    /// (after, through]. Not for series with histograms; a window is moved by this or by <see cref="Advance"/>.
    /// </summary>
    public bool TryLast(long after, long through, out long time, out double value)
    {
        while (_more && _loadedThrough <= through) LoadBlock();
        _end = FirstAfter(_end, through, ref _endStride);
        (time, value) = (after, 0);
        if (_end == 0) return false;
        _first = _end - 1;
        (time, value) = (_times[_first], _values[_first]);
        return time > after;
    }

    public void Dispose()
    {
        _cursor?.Dispose();
        if (_times.Length == 0) return;
        ArrayPool<long>.Shared.Return(_times);
        ArrayPool<double>.Shared.Return(_values);
        (_times, _values) = ([], []);
    }

    // The first loaded sample from `from` on that is later than `time`: mostly it is as far as it was the last time,
    // else near ones are found in few looks.
    private int FirstAfter(int from, long time, ref int lastStride)
    {
        ReadOnlySpan<long> times = _times;
        int likely = from + lastStride;
        if (likely > 0 && likely < _loaded && times[likely] > time && (lastStride == 0 || times[likely - 1] <= time))
            return likely;
        int found = Search(from, time);
        lastStride = found - from;
        return found;
    }

    private int Search(int from, long time)
    {
        if (from >= _loaded || _times[_loaded - 1] <= time) return Math.Max(from, _loaded);
        int stride = 1;
        while (from + stride < _loaded && _times[from + stride - 1] <= time)
        {
            from += stride;
            stride *= 2;
        }
        int until = Math.Min(from + stride, _loaded);
        return from + Kernels.LowerBound(_times.AsSpan(from, until - from), time + 1);
    }

    private void FindDrops(int from)
    {
        for (int i = Math.Max(1, from); i < _end; i++)
            if (_values[i] < _values[i - 1]) _lastDrop = i;
    }

    private void Reset()
    {
        _first = _end = _loaded = _lastDrop = _firstHistogram = _endHistogram = 0;
        _histogramTimes.Clear();
        _histograms.Clear();
        HasHistograms = _more = false;
        _loadedThrough = long.MinValue;
    }

    private void LoadBlock()
    {
        SeriesCursor cursor = _cursor!;
        if (!cursor.MoveNext())
        {
            _more = false;
            return;
        }
        ReadOnlySpan<long> times = cursor.Timestamps;
        context.Read(times.Length);
        Forget();
        long scale = context.Scale.UnitsPerStored;
        _loadedThrough = times[^1] * scale;
        if (cursor.Family == ValueFamily.Histogram)
        {
            for (int i = 0; i < times.Length; i++) Add(times[i] * scale, Decode(cursor, i));
            return;
        }
        MakeRoom(times.Length);
        ReadOnlySpan<ulong> bits = cursor.Values;
        bool plain = cursor.Family == ValueFamily.Float && scale == 1 && (_keepStale || !bits.Contains(
            StaleMarker.Bits));
        if (plain)
        {
            times.CopyTo(_times.AsSpan(_loaded));
            Reinterpret.AsDoubles(bits).CopyTo(_values.AsSpan(_loaded));
            _loaded += times.Length;
            return;
        }
        for (int i = 0; i < times.Length; i++) Add(times[i] * scale, cursor.Family.ToDouble(bits[i]));
    }

    private void Add(long time, double value)
    {
        if (!_keepStale && StaleMarker.Is(value)) return;
        _times[_loaded] = time;
        _values[_loaded++] = value;
    }

    private void Add(long time, FloatHistogram? histogram)
    {
        if (histogram is null || !_keepStale && StaleMarker.Is(histogram.Sum)) return;
        _histogramTimes.Add(time);
        _histograms.Add(histogram);
    }

    // Null when the bytes are no histogram that this version knows: such a sample is not there.
    private static FloatHistogram? Decode(SeriesCursor cursor, int index) =>
        HistogramCodec.TryDecode(cursor.PayloadAt(index), out FloatHistogram histogram) ? histogram : null;

    // Moves what is in the window to the front, but for one sample before it: a drop is seen by comparing with it.
    private void Forget()
    {
        int from = Math.Max(0, _first - 1);
        if (from > 0)
        {
            _times.AsSpan(from, _loaded - from).CopyTo(_times);
            _values.AsSpan(from, _loaded - from).CopyTo(_values);
            _first -= from;
            _end -= from;
            _loaded -= from;
            _lastDrop = Math.Max(0, _lastDrop - from);
        }
        if (_firstHistogram == 0) return;
        _histogramTimes.RemoveRange(0, _firstHistogram);
        _histograms.RemoveRange(0, _firstHistogram);
        _endHistogram -= _firstHistogram;
        _firstHistogram = 0;
    }

    private void MakeRoom(int count)
    {
        if (_loaded + count <= _room) return;
        int room = checked((int)BitOperations.RoundUpToPowerOf2((uint)(_loaded + count)));
        context.Reserve(room - _room);
        Enlarge(ref _times, room);
        Enlarge(ref _values, room);
        _room = room;
    }

    private void Enlarge<T>(ref T[] samples, int room)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(room);
        samples.AsSpan(0, _loaded).CopyTo(larger);
        ArrayPool<T>.Shared.Return(samples);
        samples = larger;
    }

    // Series that look alike are read as a whole; of samples at one time the last series' counts.
    private void LoadAlike(SelectedSeries series, TimeRange range)
    {
        SortedDictionary<long, (double Value, FloatHistogram? Histogram)> samples = [];
        long scale = context.Scale.UnitsPerStored;
        foreach (SeriesId id in (SeriesId[])[series.Id, .. series.Others!])
        {
            _cursor = context.View.Open(id, range, acceptSummaries: false, _cursor);
            while (_cursor.MoveNext())
            {
                ReadOnlySpan<long> times = _cursor.Timestamps;
                context.Read(times.Length);
                context.Reserve(times.Length);
                bool histogram = _cursor.Family == ValueFamily.Histogram;
                for (int i = 0; i < times.Length; i++)
                {
                    if (!histogram) samples[times[i] * scale] = (_cursor.Family.ToDouble(_cursor.Values[i]), null);
                    else if (Decode(_cursor, i) is { } read) samples[times[i] * scale] = (0, read);
                }
            }
        }
        MakeRoom(samples.Count);
        foreach ((long time, (double value, FloatHistogram? histogram)) in samples)
        {
            if (histogram is not null) Add(time, histogram);
            else Add(time, value);
        }
    }
}
