using System;
using System.Runtime.CompilerServices;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols;

/// <summary>The rows decoded from one receive, on their way to the sink. One per socket loop, shared by its connections
/// one after the other: whoever adds rows appends them before the next connection's turn.</summary>
internal sealed class EventBatch
{
    private readonly IEventSink _sink;
    private readonly int _capacity;
    private EventRow[] _rows = [];
    private int _count;

    /// <param name="sink">Where the rows go.</param>
    /// <param name="capacity">Rows that may wait; <see cref="Limits.MaxQueuedEventsPerLoop"/>.</param>
    public EventBatch(IEventSink sink, int capacity)
    {
        _sink = sink;
        _capacity = capacity;
    }

    public IEventSink Sink => _sink;

    public int Count => _count;

    /// <summary>What the last append refused.</summary>
    public RefusalLog Refusals { get; } = new();

    public bool IsFull
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _count == _rows.Length && !Grow();
    }

    /// <summary>Adds a float; not when full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long timestamp, ulong bits, SeriesId series)
    {
        ref EventRow row = ref _rows[_count++];
        row.Timestamp = timestamp;
        row.Bits = bits;
        row.Series = series;
        row.Family = ValueFamily.Float;
    }

    /// <summary>Hands the rows over and empties the batch.</summary>
    /// <returns>Their commit number.</returns>
    public ulong Append(ulong producer)
    {
        Refusals.Clear();
        ReadOnlySpan<EventRow> rows = _rows.AsSpan(0, _count);
        _count = 0; // also when the sink throws: the next connection's rows must not meet these
        return _sink.AppendRows(producer, rows, default, Refusals);
    }

    // A daemon that only ever sees columns, or trickles, needs no room for a full batch.
    private bool Grow()
    {
        if (_rows.Length == _capacity) return false;
        Array.Resize(ref _rows, Math.Min(_capacity, Math.Max(64, _rows.Length * 4)));
        return true;
    }
}
