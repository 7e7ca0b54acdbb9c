using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Security;

/// <summary>A sink as a token may use it: the series that are created through it are the token's, and its points use up
/// the token's rate. One thread, one token at a time.</summary>
internal sealed class TokenSink(IEventSink inner) : IEventSink
{
    /// <summary>Whose points come next; null: nobody's in particular.</summary>
    public AccessToken? Token { get; set; }

    public SinkState State => inner.State;

    public string? StateReason => inner.StateReason;

    public Precision Precision => inner.Precision;

    public ulong KeptThrough => inner.KeptThrough;

    public RefusalCode CheckTime(long timestamp) => inner.CheckTime(timestamp);

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series) =>
        inner.Resolve(wireKey, family, out series, Token?.Series);

    public void ResolveRows(ReadOnlySpan<byte> wireKeys, ReadOnlySpan<int> ends, Span<EventRow> rows,
        RefusalLog refusals) => inner.ResolveRows(wireKeys, ends, rows, refusals, Token?.Series);

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals)
    {
        int may = Take(rows.Length);
        ulong commit = may > 0 ? inner.AppendRows(producer, rows[..may], payload, refusals) : 0;
        return RefuseFrom(may, rows.Length, refusals, commit);
    }

    public ulong AppendRuns(ulong producer, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        int may = Take(values.Length);
        ulong commit = may > 0
            ? inner.AppendRuns(producer, may == values.Length ? runs : FirstOf(runs, may), timestamps[..may],
                values[..may], refusals)
            : 0;
        return RefuseFrom(may, values.Length, refusals, commit);
    }

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        int may = Take(values.Length);
        ulong commit = may > 0
            ? inner.AppendColumn(producer, series, family, timestamps[..may], values[..may], refusals) : 0;
        return RefuseFrom(may, values.Length, refusals, commit);
    }

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        int may = Take(values.Length);
        ulong commit = may > 0
            ? inner.AppendRegular(producer, series, family, start, step, values[..may], refusals) : 0;
        return RefuseFrom(may, values.Length, refusals, commit);
    }

    /// <summary>Whoever sends what can't be kept uses up the rate, too.</summary>
    public void CountRefused(int points, RefusalCode code)
    {
        Take(points);
        inner.CountRefused(points, code);
    }

    public void OnKept(Action callback) => inner.OnKept(callback);

    private int Take(int points) => Token?.Allowance is { } allowance ? allowance.Take(points) : points;

    private ulong RefuseFrom(int first, int points, RefusalLog refusals, ulong commit)
    {
        if (first == points) return commit;
        refusals.Add(first, points - first, RefusalCode.Rate);
        inner.CountRefused(points - first, RefusalCode.Rate);
        return commit;
    }

    private static ColumnRun[] FirstOf(ReadOnlySpan<ColumnRun> runs, int points)
    {
        List<ColumnRun> first = [];
        for (int i = 0; points > 0; points -= runs[i++].Count)
            first.Add(runs[i] with { Count = Math.Min(points, runs[i].Count) });
        return [.. first];
    }
}
