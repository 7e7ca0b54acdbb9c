using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>Lets a request of the Prometheus API at the store: when that is open, and not too many are at it.</summary>
internal sealed class ApiGate(IEventSink sink, QueryGate queries)
{
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
    /// when it is done. Null: the answer was sent.</summary>
    public async Task<StreamedTurn?> TryStream(HttpContext context)
    {
        if (queries.Paused >= QueryGate.MaxPaused)
        {
            await ApiAnswer.Error(context, ApiError.TooMany, "too many answers wait for slow clients");
            return null;
        }
        return await TryEnter(context) ? new StreamedTurn(queries, context) : null;
    }

    public void Leave() => queries.Leave();
}
