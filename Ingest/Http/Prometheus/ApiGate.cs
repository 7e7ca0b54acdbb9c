using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>Lets a request of the Prometheus API at the store: when that is open, and not too many are at it.</summary>
internal sealed class ApiGate(IEventSink sink, QueryGate queries)
{
    /// <summary>Longest search for the series of an answer that is no query's.</summary>
    public TimeSpan TimeLimit { get; init; } = new Limits().QueryTimeout;

    /// <summary>Waits for a turn, at most so long; without that as long as the client does. After true the caller
    /// leaves when it is done; after false the answer was sent.</summary>
    public async Task<bool> TryEnter(HttpContext context, TimeSpan? patience = null)
    {
        if (sink.State == SinkState.Recovering)
        {
            await ApiAnswer.Error(context, ApiError.Unavailable, sink.StateReason ?? "recovery is going on");
            return false;
        }
        switch (await queries.Enter(patience ?? Timeout.InfiniteTimeSpan, context.RequestAborted))
        {
            case QueryTurn.Given: return true;
            case QueryTurn.TooMany: await ApiAnswer.Error(context, ApiError.TooMany, "too many queries at once"); break;
            default:
                string seconds = patience!.Value.TotalSeconds.ToString(CultureInfo.InvariantCulture);
                await ApiAnswer.Error(context, ApiError.Timeout,
                    $"query timed out in query queue: others ran for the {seconds} s that it had");
                break;
        }
        return false;
    }

    /// <summary>As <see cref="TryEnter"/>, for an answer that is read while it is sent; the caller disposes the turn
    /// when it is done. Null: the answer was sent. A client is a token, or without those an address.</summary>
    public async Task<StreamedTurn?> TryStream(HttpContext context)
    {
        object client = context.Features.Get<AccessToken>()?.Id ?? (object?)context.Connection.RemoteIpAddress ?? this;
        if (queries.MayPause(client))
        {
            if (!await TryEnter(context)) return null;
            if (queries.MayPause(client)) return new StreamedTurn(queries, context, client);
            queries.Leave(); // others were before it
        }
        await ApiAnswer.Error(context, ApiError.TooMany, "too many answers wait for this client, or for slow ones");
        return null;
    }

    public void Leave() => queries.Leave();
}
