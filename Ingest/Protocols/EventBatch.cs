using System;
using System.Runtime.CompilerServices;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols;

/// <summary>The events decoded in one turn, on their way to the sink: their series are looked up together, then their
/// rows are stored together. One per socket loop, shared by its connections one after the other: whoever adds events
/// appends them before the next connection's turn.</summary>
internal sealed class EventBatch
{
    /// <summary>Keys that are gathered; a longer one goes to the sink by itself.</summary>
    private const int KeyBytesMax = 512 * 1024;

    private const int FirstRows = 64;
    private const int FirstKeyBytes = 4096;

    private readonly IEventSink _sink;
    private readonly int _capacity;
    private EventRow[] _rows = [];
    private int[] _keyEnds = [];
    private byte[] _keys = [];
    private int _count;
    private int _keyBytes;
    private readonly RefusalLog _unresolved = new(); // of a batch: rows without a series
    private readonly RefusalLog _call = new();       // of one append call

    /// <param name="sink">Where the rows go.</param>
    /// <param name="capacity">Rows that may wait; at most <see cref="Limits.MaxQueuedEventsPerLoop"/>.</param>
    public EventBatch(IEventSink sink, int capacity)
    {
        _sink = sink;
        _capacity = capacity;
    }

    public IEventSink Sink => _sink;

    public int Count => _count;

    /// <summary>What the last append refused, by the events' order in the batch.</summary>
    public RefusalLog Refusals { get; } = new();

    /// <summary>Adds an event (see <see cref="EventLayout"/>), whole and measured.</summary>
    /// <returns>False when it must be appended first, or is too long: see <see cref="AppendOne"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdd(ReadOnlySpan<byte> item)
    {
        ReadOnlySpan<byte> key = item[EventLayout.KeyOffset..];
        int end = _keyBytes + key.Length;
        if (_count == _rows.Length || end > _keys.Length)
        {
            if (!TryGrow(end)) return false;
        }
        key.CopyTo(_keys.AsSpan(_keyBytes));
        _keyEnds[_count] = end;
        _keyBytes = end;
        ref EventRow row = ref _rows[_count++];
        row.Timestamp = EventLayout.Timestamp(item);
        row.Bits = EventLayout.ValueBits(item);
        row.Family = ValueFamily.Float;
        return true;
    }

    /// <summary>Hands the events over and empties the batch.</summary>
    /// <returns>Their commit number; 0 when none was stored.</returns>
    public ulong Append(ulong producer)
    {
        Span<EventRow> rows = _rows.AsSpan(0, _count);
        ReadOnlySpan<int> ends = _keyEnds.AsSpan(0, _count);
        ReadOnlySpan<byte> keys = _keys.AsSpan(0, _keyBytes);
        _count = _keyBytes = 0; // also when the sink throws: the next connection's rows must not meet these
        Refusals.Clear();
        _unresolved.Clear();
        _sink.ResolveRows(keys, ends, rows, _unresolved);
        return _unresolved.Points == 0 ? AppendRows(producer, rows, 0) : AppendKnown(producer, rows);
    }

    /// <summary>Hands over one event that is too long to be gathered; the batch must be empty.</summary>
    /// <returns>Its commit number; 0 when it was refused.</returns>
    public ulong AppendOne(ulong producer, ReadOnlySpan<byte> item)
    {
        Refusals.Clear();
        var row = new EventRow
        {
            Timestamp = EventLayout.Timestamp(item),
            Bits = EventLayout.ValueBits(item),
            Family = ValueFamily.Float,
        };
        RefusalCode code = _sink.Resolve(item[EventLayout.KeyOffset..], row.Family, out row.Series);
        if (code == RefusalCode.None) return AppendRows(producer, new ReadOnlySpan<EventRow>(in row), 0);
        Refusals.Add(0, 1, code);
        _sink.CountRefused(1, code);
        return 0;
    }

    /// <summary>Appends the stretches between rows whose series was refused.</summary>
    private ulong AppendKnown(ulong producer, ReadOnlySpan<EventRow> rows)
    {
        ulong commit = 0;
        int start = 0;
        foreach (Refusal refused in _unresolved.Runs)
        {
            if (refused.First > start) commit = AppendRows(producer, rows[start..refused.First], start);
            Refusals.Add(refused.First, refused.Count, refused.Code);
            _sink.CountRefused(refused.Count, refused.Code);
            start = refused.First + refused.Count;
        }
        return start < rows.Length ? AppendRows(producer, rows[start..], start) : commit;
    }

    private ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, int first)
    {
        _call.Clear();
        ulong commit = _sink.AppendRows(producer, rows, default, _call);
        foreach (Refusal refused in _call.Runs) Refusals.Add(first + refused.First, refused.Count, refused.Code);
        return commit;
    }

    // A daemon that only ever sees columns, or trickles, needs no room for a full batch.
    private bool TryGrow(int keyBytes)
    {
        if (_count == _capacity || keyBytes > KeyBytesMax) return false;
        if (_count == _rows.Length)
        {
            int rows = Math.Min(_capacity, Math.Max(FirstRows, _count * 4));
            Array.Resize(ref _rows, rows);
            Array.Resize(ref _keyEnds, rows);
        }
        if (keyBytes > _keys.Length)
        {
            int bytes = Math.Max(Math.Max(keyBytes, FirstKeyBytes), _keys.Length * 4);
            Array.Resize(ref _keys, Math.Min(bytes, KeyBytesMax));
        }
        return true;
    }
}
