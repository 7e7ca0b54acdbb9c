using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>`GET /api/v1/live?q=`: a live query as server-sent events, one `data:` line per message
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html). A client that reads too slowly gets `dropped`
/// messages: what waits for it is bounded by the subscription's queue. The stream ends when its token does.</summary>
internal sealed class LiveRoutes(LiveHub hub, Limits limits, AccessPolicy? access, CancellationToken stopping)
{
    /// <summary>Proxies and browsers give up on a silent connection; a comment line keeps it.</summary>
    private const int LooksPerHeartbeat = 15;

    /// <summary>How often a silent stream looks whether its token is still in force.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private const int FlushBytes = 16 * 1024;

    public IEnumerable<HttpRoute> All() => [new HttpRoute("/api/v1/live") { Get = Answer }];

    private async Task Answer(HttpContext context)
    {
        string? text = context.Request.Query["q"];
        if (text is null)
        {
            await JsonAnswer.Error(context, StatusCodes.Status400BadRequest, "expected a query in the parameter q");
            return;
        }
        if (hub.State is SinkState.Recovering or SinkState.Stopping)
        {
            context.Response.Headers.RetryAfter = "1";
            string reason = hub.StateReason ?? "not ready";
            await JsonAnswer.Error(context, StatusCodes.Status503ServiceUnavailable, reason);
            return;
        }
        SemaphoreSlim signal = new(0); // never disposed: a producer may still be about to release it at the end
        LiveSubscription? subscription = null;
        bool isQuery = DslParser.TryParse(text, hub.Precision, limits, out DslQuery? query, out QueryParseError error);
        if (!isQuery || !hub.TrySubscribe(query!, () => signal.Release(), out subscription, out error))
        {
            await Refuse(context, isQuery && hub.IsFull, error);
            return;
        }
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            if (HttpMethods.IsHead(context.Request.Method)) return; // nothing would ever come
            await context.Response.Body.FlushAsync(ended.Token);
            await Stream(context, subscription!, signal, ended.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon stops: end the answer properly, the client reconnects by itself.
        }
        finally { hub.Unsubscribe(subscription!); }
    }

    private static Task Refuse(HttpContext context, bool isFull, QueryParseError error)
    {
        if (!isFull) return JsonAnswer.Error(context, StatusCodes.Status400BadRequest, error.Message, error.At);
        context.Response.Headers.RetryAfter = "1";
        return JsonAnswer.Error(context, StatusCodes.Status429TooManyRequests, error.Message);
    }

    private async Task Stream(HttpContext context, LiveSubscription subscription, SemaphoreSlim signal,
        CancellationToken ended)
    {
        AccessToken? token = context.Features.Get<AccessToken>();
        ArrayBufferWriter<byte> lines = new(2 * FlushBytes);
        int silentLooks = 0;
        while (token is null || access!.Current(token) is not null)
        {
            while (lines.WrittenCount < FlushBytes && subscription.TryRead(out LiveMessage message))
            {
                lines.Write("data: "u8);
                LiveJson.Write(lines, null, subscription.Query, in message);
                lines.Write("\n\n"u8);
            }
            bool mayHaveMore = lines.WrittenCount >= FlushBytes;
            if (lines.WrittenCount > 0)
            {
                await context.Response.Body.WriteAsync(lines.WrittenMemory, ended);
                lines.ResetWrittenCount();
                silentLooks = 0;
            }
            if (mayHaveMore || await signal.WaitAsync(s_look, ended) || ++silentLooks < LooksPerHeartbeat) continue;
            lines.Write(": still here\n\n"u8);
        }
    }
}
