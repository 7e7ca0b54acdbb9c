using System;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Protocols.Statsd;

// What goes to the store.
internal sealed partial class StatsdAggregator
{
    private const int RoomyBytes = 4096; // blocks that are worth giving back when an interval used little of them

    private readonly StatsdOptions _options;
    private readonly ByteBudget _budget;
    private readonly WriteBatch _batch;
    private readonly (double Share, byte[] Tag)[] _quantiles;
    private readonly byte[] _name = new byte[StatsdLine.MaxNameBytes + 16];
    private long _noted; // malformed lines when the last was shown

    /// <summary>The time of the last flush, in store precision, or of the start: counters that are new were zero then.
    /// </summary>
    public long Flushed { get; private set; }

    /// <summary>Makes points of everything, and begins a new interval. When the sink can't take them, nothing happens,
    /// and the interval goes on.</summary>
    /// <param name="now">In store precision; not that of another flush, whose points would be replaced.</param>
    /// <returns>False when the sink can't take points.</returns>
    public bool TryFlush(long now)
    {
        if (_sink.State != SinkState.Ready) return false;
        Commit();
        ForgetIdle();
        for (int i = 0; i < _table.Count; i++) Write(i, now);
        Commit();
        (Flushed, _flush) = (now, _flush + 1);
        _counters.Flushes++;
        _counters.Metrics = _table.Count;
        _counters.MemoryBytes = _budget.Used;
        return true;
    }

    private void ForgetIdle()
    {
        if (_options.Idle is not { } idle) return;
        uint flushes = (uint)Math.Clamp(Math.Ceiling(idle / _options.FlushInterval), 1, int.MaxValue);
        if (_flush <= flushes) return;
        int forgotten = _table.Forget(before: _flush - flushes);
        if (forgotten == 0) return;
        _counters.Forgotten += forgotten;
        _cache.Clear(); // the others have moved
        _last = 0;
    }

    /// <summary>A gauge of another time; what it is now stays as it is.</summary>
    private void AddPast(in StatsdMetric metric, long seconds, double value)
    {
        bool isTime = _sink.Precision.TryConvert(seconds, Precision.Seconds, out long time);
        if (!isTime || _sink.State != SinkState.Ready)
        {
            RefusalCode code = isTime ? RefusalCode.Memory : RefusalCode.Malformed;
            _protocol.Points++;
            _protocol.Refused[(int)code]++;
            _sink.CountRefused(1, code);
            return;
        }
        Begin(metric, ""u8);
        _batch.AddFloat(time, value);
    }

    /// <summary>Hands over what is ready: gauges of other times, between flushes.</summary>
    public void Commit()
    {
        if (_batch.Count == 0) return;
        _batch.Commit();
        _protocol.Points += _batch.Count;
        _protocol.Add(_batch.Refusals);
        _batch.Clear();
    }

    private void Write(int index, long now)
    {
        ref StatsdMetric metric = ref _table.Metrics[index];
        switch (metric.Kind)
        {
            case StatsdKind.Counter:
                Begin(metric, ""u8);
                AddTotal(metric.IsKnown, now, metric.Value);
                break;
            case StatsdKind.Gauge when metric.HasValue:
                Begin(metric, ""u8);
                _batch.AddFloat(now, metric.Value);
                break;
            case StatsdKind.Timer:
                WriteTimer(ref metric, index, now);
                break;
            case StatsdKind.Set:
                Begin(metric, ""u8);
                _batch.AddFloat(now, MemberBlock.Count(metric, _table.BlockOf(index)));
                if (metric.Seen > 0) _table.SetBlock(index, null);
                (metric.Seen, metric.IsEstimate) = (0, false);
                break;
        }
        metric.IsKnown = true;
    }

    private void WriteTimer(ref StatsdMetric metric, int index, long now)
    {
        Begin(metric, "_count"u8);
        AddTotal(metric.IsKnown, now, metric.Events);
        Begin(metric, "_sum"u8);
        AddTotal(metric.IsKnown, now, metric.Value);
        if (metric.Seen == 0) return;
        Begin(metric, "_min"u8);
        _batch.AddFloat(now, metric.Min);
        Begin(metric, "_max"u8);
        _batch.AddFloat(now, metric.Max);
        if (_table.BlockOf(index) is { } block)
        {
            SampleBlock.Sort(block, metric.Kept);
            Span<double> values = SampleBlock.Values(block, metric.Kept);
            foreach ((double share, byte[] tag) in _quantiles)
            {
                Begin(metric, ""u8);
                _batch.AddTag(tag);
                _batch.AddFloat(now,
                    SampleBlock.Percentile(values, SampleBlock.Weights(block, metric.Kept), share));
            }
            if (block.Length > RoomyBytes && metric.Kept < block.Length / 64) _table.SetBlock(index, null);
        }
        (metric.Seen, metric.Kept) = (0, 0);
    }

    /// <summary>What only grows was zero at the last flush, when it was not known yet; whoever asks for its increase
    /// would miss the first else.</summary>
    private void AddTotal(bool isKnown, long now, double total)
    {
        if (!isKnown && Flushed < now) _batch.AddFloat(Flushed, 0);
        _batch.AddFloat(now, total);
    }

    private void Begin(in StatsdMetric metric, ReadOnlySpan<byte> suffix)
    {
        ReadOnlySpan<byte> key = _table.KeyOf(metric);
        ReadOnlySpan<byte> name = StatsdKey.Take(ref key);
        name.CopyTo(_name);
        suffix.CopyTo(_name.AsSpan(name.Length));
        _batch.BeginSeries(_name.AsSpan(0, name.Length + suffix.Length));
        while (!key.IsEmpty) _batch.AddTag(StatsdKey.Take(ref key));
    }

    private static (double Share, byte[] Tag) QuantileTag(decimal percentile)
    {
        decimal share = percentile / 100;
        string text = share.ToString("0.###############", CultureInfo.InvariantCulture);
        return ((double)share, Encoding.UTF8.GetBytes("quantile=" + text));
    }
}
