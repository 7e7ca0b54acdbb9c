using System;
using Slungd.Engine.Model;

namespace Slungd.Bench.Ingest;

/// <summary>A sink that only counts: what remains is the cost of the door.</summary>
internal sealed class CountingSink : IEventSink
{
    private ulong _commits;

    /// <summary>Read by another thread than the one that writes.</summary>
    public long Points;

    public SinkState State => SinkState.Ready;

    public string? StateReason => null;

    public Precision Precision => Precision.Microseconds;

    public ulong KeptThrough => _commits;

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series)
    {
        series = new SeriesId((uint)wireKey.Length);
        return RefusalCode.None;
    }

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals) => Count(rows.Length);

    public ulong AppendRuns(ulong producer, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals) => Count(values.Length);

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals) => Count(values.Length);

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals) => Count(values.Length);

    public void OnKept(Action callback)
    {
        // Every commit is kept when its call returns.
    }

    private ulong Count(int points)
    {
        Points += points;
        return ++_commits;
    }
}
