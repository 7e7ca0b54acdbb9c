using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Security;

/// <summary>A sink as a token may use it: the series that are created through it are the token's. One thread, one
/// token at a time.</summary>
internal sealed class TokenSink(IEventSink inner) : IEventSink
{
    /// <summary>Whose points come next; null: nobody's in particular.</summary>
    public AccessToken? Token { get; set; }

    public SinkState State => inner.State;

    public string? StateReason => inner.StateReason;

    public Precision Precision => inner.Precision;

    public ulong KeptThrough => inner.KeptThrough;

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series) =>
        inner.Resolve(wireKey, family, out series, Token?.Series);

    public void ResolveRows(ReadOnlySpan<byte> wireKeys, ReadOnlySpan<int> ends, Span<EventRow> rows,
        RefusalLog refusals) => inner.ResolveRows(wireKeys, ends, rows, refusals, Token?.Series);

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals) => inner.AppendRows(producer, rows, payload, refusals);

    public ulong AppendRuns(ulong producer, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals) =>
        inner.AppendRuns(producer, runs, timestamps, values, refusals);

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals) =>
        inner.AppendColumn(producer, series, family, timestamps, values, refusals);

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals) =>
        inner.AppendRegular(producer, series, family, start, step, values, refusals);

    public void OnKept(Action callback) => inner.OnKept(callback);

    public void CountRefused(int points, RefusalCode code) => inner.CountRefused(points, code);
}
