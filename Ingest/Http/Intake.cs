using System;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>What every door of port 2078 does around its points: holds a request back while the store can't take it,
/// waits until its points are kept, and chooses the status that makes a sender do the right thing: what can't succeed
/// later is 4xx, what can is 503 or 507.</summary>
internal sealed class Intake(IEventSink sink, Limits limits, TimeProvider clock)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_keptPatience = TimeSpan.FromSeconds(10);

    private readonly KeptWatch _kept = new(sink);

    /// <summary>Waits, not for ever, until the store takes points.</summary>
    /// <param name="context">The request.</param>
    /// <param name="answer">How this door says that something is wrong; null: as most do.</param>
    /// <returns>False when it does not: the answer was sent.</returns>
    public async Task<bool> TryEnter(HttpContext context, ErrorAnswer? answer = null)
    {
        long start = clock.GetTimestamp();
        while (sink.State is SinkState.MemoryShort or SinkState.DiskShort)
        {
            if (clock.GetElapsedTime(start).TotalSeconds >= limits.MaxHoldBackSeconds) break;
            await Task.Delay(s_look, clock, context.RequestAborted);
        }
        SinkState state = sink.State;
        if (state == SinkState.Ready) return true;
        if (state == SinkState.DiskShort) sink.CountTurnedAway(RefusalCode.Disk);
        if (state == SinkState.MemoryShort) sink.CountTurnedAway(RefusalCode.Memory);
        await Refuse(context, answer, state == SinkState.DiskShort, sink.StateReason ?? "not now");
        return false;
    }

    /// <summary>Waits until the request's points are as durable as the WAL mode promises.</summary>
    /// <param name="context">The request.</param>
    /// <param name="batch">After its commit.</param>
    /// <param name="commit">Which that returned.</param>
    /// <param name="counters">The door's.</param>
    /// <param name="answer">How this door says that something is wrong; null: as most do.</param>
    /// <returns>False when that takes too long, or points were refused that may be accepted later: the answer was sent.
    /// </returns>
    public Task<bool> TryKeep(HttpContext context, WriteBatch batch, ulong commit, ProtocolCounters counters,
        ErrorAnswer? answer = null) =>
        TryKeep(context, batch.Count, batch.Refusals, commit, counters, answer);

    /// <inheritdoc cref="TryKeep(HttpContext, WriteBatch, ulong, ProtocolCounters, ErrorAnswer?)"/>
    /// <param name="context">The request.</param>
    /// <param name="points">How many it had.</param>
    /// <param name="refusals">Those that the sink refused.</param>
    /// <param name="commit">The commit that covers the others.</param>
    /// <param name="counters">The door's.</param>
    /// <param name="answer">How this door says that something is wrong; null: as most do.</param>
    public async Task<bool> TryKeep(HttpContext context, int points, RefusalLog refusals, ulong commit,
        ProtocolCounters counters, ErrorAnswer? answer = null)
    {
        lock (counters)
        {
            counters.Messages++;
            counters.Points += points;
            counters.Add(refusals);
        }
        foreach (Refusal run in refusals.Runs)
        {
            if (run.Code == RefusalCode.Rate)
            {
                await RefuseRate(context, points, refusals, answer);
                return false;
            }
            if (run.Code is not (RefusalCode.Memory or RefusalCode.Disk)) continue;
            string reason = sink.StateReason ?? Describe(points, refusals);
            await Refuse(context, answer, run.Code == RefusalCode.Disk, reason);
            return false;
        }
        try { await _kept.WhenKept(commit).WaitAsync(s_keptPatience, clock, context.RequestAborted); }
        catch (TimeoutException)
        {
            string reason = sink.StateReason ?? "the points are not yet durable: the disk is slow";
            await Refuse(context, answer, isDisk: true, reason);
            return false;
        }
        return true;
    }

    /// <summary>How many points were refused and why the first.</summary>
    public static string Describe(WriteBatch batch) => Describe(batch.Count, batch.Refusals);

    /// <summary>What a refusal says; nothing of port 2077's messages, of which a malformed one is discarded.</summary>
    public static string Why(RefusalCode code) => code == RefusalCode.Malformed
        ? "malformed: a name, label or value that can't be stored" : Encoding.UTF8.GetString(RefusalText.Of(code));

    private static string Describe(int points, RefusalLog refusals)
    {
        Refusal first = refusals.Runs[0];
        string why = Why(first.Code);
        return $"{refusals.Points} of {points} points refused, the first (point {first.First}): {why}";
    }

    /// <summary>What one request may bring is asked for in parts; what is too much now, later.</summary>
    private static Task RefuseRate(HttpContext context, int points, RefusalLog refusals, ErrorAnswer? answer)
    {
        PointAllowance allowance = context.Features.Get<AccessToken>()!.Allowance!;
        bool isTooLong = points > allowance.MaxDebt;
        if (!isTooLong)
            context.Response.Headers.RetryAfter = $"{Math.Max(1, Math.Ceiling(allowance.Debt().TotalSeconds))}";
        string error = $"expected at most {allowance.PointsPerSecond} points per second with this token, and "
            + $"{allowance.MaxDebt} in one request; {Describe(points, refusals)}";
        int status = isTooLong ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status429TooManyRequests;
        return answer is null ? JsonAnswer.Error(context, status, error) : answer(context, status, error);
    }

    private static Task Refuse(HttpContext context, ErrorAnswer? answer, bool isDisk, string reason)
    {
        context.Response.Headers.RetryAfter = "1";
        int status = isDisk ? StatusCodes.Status507InsufficientStorage : StatusCodes.Status503ServiceUnavailable;
        return answer is null ? JsonAnswer.Error(context, status, reason) : answer(context, status, reason);
    }
}
