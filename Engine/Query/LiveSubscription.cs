using System;
using System.Threading;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>One subscriber's stream: raw events, or aggregates of windows as they close. Producers add from any thread;
/// one consumer reads. Made by <see cref="LiveHub"/>.</summary>
internal sealed class LiveSubscription
{
    private readonly Lock _lock = new();
    private readonly LiveQueue _queue;
    private readonly LiveWindows? _windows;
    private readonly Action _onReady;
    private bool _closed;

    internal LiveSubscription(DslQuery query, Limits limits, long now, Action onReady)
    {
        Query = query;
        _queue = new LiveQueue(limits.MaxQueuedEventsPerSubscription);
        _windows = query.HasWindows ? new LiveWindows(query, limits, now) : null;
        _onReady = onReady;
    }

    public DslQuery Query { get; }

    /// <summary>Messages and points that did not fit, since the start.</summary>
    public long DroppedTotal
    {
        get { lock (_lock) return _queue.DroppedTotal; }
    }

    /// <summary>Messages that wait to be read.</summary>
    public int Queued
    {
        get { lock (_lock) return _queue.Count; }
    }

    /// <summary>Takes the oldest message; false when there is none, and then <c>onReady</c> will be called.</summary>
    public bool TryRead(out LiveMessage message)
    {
        lock (_lock) return _queue.TryTake(out message);
    }

    internal int GroupOf(SeriesKey series)
    {
        if (_windows is null) return 0;
        lock (_lock) return _windows.GroupOf(series);
    }

    /// <summary>Takes the points inside the range, in order.</summary>
    /// <param name="column">Points of a series that matches.</param>
    /// <param name="group">What <see cref="GroupOf"/> says of the series.</param>
    /// <param name="now">The clock in store units; only needed when the range slides.</param>
    internal void Offer(in LiveColumn column, int group, long now)
    {
        TimeRange range = Query.RangeAt(now);
        bool ready;
        lock (_lock)
        {
            if (_closed) return;
            bool wasEmpty = _queue.IsEmpty;
            int refusal = 0;
            for (int i = 0; i < column.Values.Length; i++)
            {
                if (refusal < column.Refused.Length && i >= column.Refused[refusal].First)
                {
                    i = column.Refused[refusal].First + column.Refused[refusal++].Count - 1;
                    continue;
                }
                long timestamp = column.TimestampAt(i);
                ulong bits = column.Values[i];
                if (!range.Contains(timestamp)) continue;
                if (column.Family == ValueFamily.Float && bits == Bucket.StaleMarker) continue;
                Take(column.Series, column.Producer, group, timestamp, column.Family.ToDouble(bits));
            }
            ready = wasEmpty && !_queue.IsEmpty;
        }
        if (ready) _onReady();
    }

    /// <summary>Closes the windows that are due.</summary>
    internal void Tick(long now)
    {
        bool ready;
        lock (_lock)
        {
            if (_closed) return;
            bool wasEmpty = _queue.IsEmpty;
            _windows!.Close(now, _queue);
            ready = wasEmpty && !_queue.IsEmpty;
        }
        if (ready) _onReady();
    }

    /// <summary>From now on nothing is added; what is queued can still be read.</summary>
    internal void Close()
    {
        lock (_lock) _closed = true;
    }

    private void Take(SeriesKey series, ulong producer, int group, long timestamp, double value)
    {
        if (_windows is not null)
        {
            if (!_windows.Add(group, timestamp, value)) _queue.Drop();
            return;
        }
        _queue.Add(new LiveMessage
        {
            Kind = LiveMessageKind.Event,
            Series = series,
            Timestamp = timestamp,
            Value = value,
            ProducerOrLate = producer,
            Depth = producer == 0 ? LiveHub.Depth : 0,
        });
    }
}
