using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>Lets a request of the Prometheus API at the store: when that is open, and not too many are at it.</summary>
internal sealed class ApiGate(IEventSink sink, QueryGate queries)
{
    /// <summary>Waits for a turn. After true the caller leaves when it is done; after false the answer was sent.
    /// </summary>
    public async Task<bool> TryEnter(HttpContext context)
    {
        if (sink.State == SinkState.Recovering)
        {
            await ApiAnswer.Error(context, ApiError.Unavailable, sink.StateReason ?? "recovery is going on");
            return false;
        }
        if (await queries.TryEnter(context.RequestAborted)) return true;
        await ApiAnswer.Error(context, ApiError.TooMany, "too many queries at once");
        return false;
    }

    public void Leave() => queries.Leave();
}
