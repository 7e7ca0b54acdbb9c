using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Slungd.Engine.Model;

namespace Slungd.Tests.Engine.Fakes;

/// <summary>The plainest store that keeps the promises of <see cref="ISeriesReader"/>: sorted columns in memory, last
/// write wins. A reference for tests of everything that reads, and the back of <see cref="FakeEventSink"/>.</summary>
internal sealed class FakeSeriesReader : ISeriesReader
{
    private readonly object _lock = new();
    private readonly List<FakeSeries> _series = [];
    private readonly Dictionary<string, SeriesId> _byKey = [];
    private readonly int _blockLength;
    private int _openCursors, _summariesGiven, _blocksGiven;

    /// <param name="precision">The unit of every timestamp.</param>
    /// <param name="blockLength">Points per block: small values make many block edges.</param>
    public FakeSeriesReader(Precision precision = Precision.Microseconds, int blockLength = 1024)
    {
        Precision = precision;
        _blockLength = blockLength;
    }

    public Precision Precision { get; }

    /// <summary>Views opened and not yet disposed.</summary>
    public int OpenViews { get; internal set; }

    /// <summary>Cursors opened and not yet disposed or handed back as reuse.</summary>
    public int OpenCursors => Volatile.Read(ref _openCursors);

    /// <summary>Blocks that were answered as summaries, over all cursors.</summary>
    public int SummariesGiven => Volatile.Read(ref _summariesGiven);

    /// <summary>Blocks that were answered as points, over all cursors.</summary>
    public int BlocksGiven => Volatile.Read(ref _blocksGiven);

    // Cursors of one view run on several threads.
    internal void CountCursors(int change) => Interlocked.Add(ref _openCursors, change);

    internal void CountBlock(bool asSummary) =>
        Interlocked.Increment(ref asSummary ? ref _summariesGiven : ref _blocksGiven);

    public int SeriesCount
    {
        get { lock (_lock) return _series.Count; }
    }

    /// <summary>Finds or creates a series; tags in any order, duplicates and empties fall away.</summary>
    public SeriesId Series(string name, params string[] tags) =>
        Series(Encoding.UTF8.GetBytes(name), Array.ConvertAll(tags, Encoding.UTF8.GetBytes));

    /// <summary>As above from bytes; None when it would be one series too many.</summary>
    public SeriesId Series(byte[] name, byte[][] tags, int maxSeries = int.MaxValue)
    {
        List<byte[]> sorted = [];
        foreach (byte[] tag in tags)
            if (tag.Length > 0 && !sorted.Exists(other => other.AsSpan().SequenceEqual(tag))) sorted.Add(tag);
        sorted.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        StringBuilder text = new StringBuilder(Convert.ToHexString(name));
        foreach (byte[] tag in sorted) text.Append('/').Append(Convert.ToHexString(tag));
        lock (_lock)
        {
            if (_byKey.TryGetValue(text.ToString(), out SeriesId known)) return known;
            if (_series.Count >= maxSeries) return SeriesId.None;
            SeriesId created = new((uint)_series.Count);
            _series.Add(new FakeSeries(new SeriesKey(name, [.. sorted])));
            _byKey.Add(text.ToString(), created);
            return created;
        }
    }

    public SeriesKey KeyOf(SeriesId series)
    {
        lock (_lock) return _series[(int)series.Value].Key;
    }

    public ValueFamily FamilyOf(SeriesId series)
    {
        lock (_lock) return _series[(int)series.Value].Family;
    }

    public bool Put(SeriesId series, long timestamp, double value) =>
        Put(series, timestamp, ValueFamily.Float, BitConverter.DoubleToUInt64Bits(value), default);

    public bool Put(SeriesId series, long timestamp, string value) =>
        Put(series, timestamp, ValueFamily.String, 0, Encoding.UTF8.GetBytes(value));

    /// <summary>Stores one point; false when the value's family does not fit the series.</summary>
    /// <param name="series">Which series.</param>
    /// <param name="timestamp">In store precision.</param>
    /// <param name="family">The value's family.</param>
    /// <param name="bits">The value, for numeric families.</param>
    /// <param name="payload">The value, for families with a payload.</param>
    public bool Put(SeriesId series, long timestamp, ValueFamily family, ulong bits, ReadOnlySpan<byte> payload)
    {
        lock (_lock) return _series[(int)series.Value].Put(timestamp, family, bits, payload);
    }

    /// <summary>Stores a numeric column in one go.</summary>
    public void PutColumn(SeriesId series, ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values)
    {
        lock (_lock)
        {
            FakeSeries target = _series[(int)series.Value];
            for (int i = 0; i < timestamps.Length; i++)
                target.Put(timestamps[i], ValueFamily.Float, BitConverter.DoubleToUInt64Bits(values[i]), default);
        }
    }

    public SeriesView OpenView()
    {
        lock (_lock)
        {
            OpenViews++;
            return new FakeSeriesView(this, _series.ConvertAll(series => series.Freeze()), _blockLength);
        }
    }
}
