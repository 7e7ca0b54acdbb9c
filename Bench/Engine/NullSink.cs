using System;
using Slungd.Engine.Model;

namespace Slungd.Bench.Engine;

/// <summary>A sink that keeps nothing, so that only what stands before it is measured.</summary>
internal sealed class NullSink : IEventSink
{
    public SinkState State => SinkState.Ready;

    public string? StateReason => null;

    public Precision Precision => Precision.Microseconds;

    public ulong KeptThrough => 0;

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series)
    {
        series = default;
        return RefusalCode.None;
    }

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals) => 0;

    public ulong AppendRuns(ulong producer, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals) => 0;

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals) => 0;

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals) => 0;

    public void OnKept(Action callback)
    {
    }
}
