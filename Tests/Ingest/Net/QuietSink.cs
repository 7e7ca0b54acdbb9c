using System;
using System.Threading;
using Slungd.Engine.Model;

namespace Slungd.Tests.Ingest.Net;

/// <summary>A sink that counts, refuses negative timestamps, and allocates nothing.</summary>
internal sealed class QuietSink : IEventSink
{
    private ulong _commits;
    private long _points;

    public long Points => Volatile.Read(ref _points);

    public SinkState State => SinkState.Ready;

    public string? StateReason => null;

    public Precision Precision => Precision.Microseconds;

    public ulong KeptThrough => Volatile.Read(ref _commits);

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series)
    {
        series = new SeriesId((uint)wireKey.Length);
        return RefusalCode.None;
    }

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i].Timestamp < 0) refusals.Add(i, 1, RefusalCode.TooOld);
        }
        return Count(rows.Length);
    }

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
        Interlocked.Add(ref _points, points);
        return Interlocked.Increment(ref _commits);
    }
}
