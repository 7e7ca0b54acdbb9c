using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Ingest.Http;

/// <summary>`GET /api/v1/live?q=`: a live query as server-sent events, one `data:` line per message
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html). A client that reads too slowly gets `dropped`
/// messages: what waits for it is bounded by the subscription's queue.</summary>
internal sealed class LiveRoutes(LiveHub hub, Limits limits, CancellationToken stopping)
{
    /// <summary>Proxies and browsers give up on a silent connection; a comment line keeps it.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

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
        bool fits = DslParser.TryParse(text, hub.Precision, limits, out DslQuery? query, out QueryParseError error)
            && hub.TrySubscribe(query!, () => signal.Release(), out subscription, out error);
        if (!fits)
        {
            await JsonAnswer.Error(context, StatusCodes.Status400BadRequest, error.Message, error.At);
            return;
        }
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            if (HttpMethods.IsHead(context.Request.Method)) return; // nothing would ever come
            await context.Response.Body.FlushAsync(ended.Token);
            await Stream(context.Response, subscription!, signal, ended.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon stops: end the answer properly, the client reconnects by itself.
        }
        finally { hub.Unsubscribe(subscription!); }
    }

    private static async Task Stream(HttpResponse response, LiveSubscription subscription, SemaphoreSlim signal,
        CancellationToken ended)
    {
        ArrayBufferWriter<byte> lines = new(2 * FlushBytes);
        while (true)
        {
            while (subscription.TryRead(out LiveMessage message))
            {
                lines.Write("data: "u8);
                LiveJson.Write(lines, null, subscription.Query, in message);
                lines.Write("\n\n"u8);
                if (lines.WrittenCount >= FlushBytes) await Flush();
            }
            if (lines.WrittenCount > 0) await Flush();
            if (!await signal.WaitAsync(Heartbeat, ended)) lines.Write(": still here\n\n"u8);
        }

        async Task Flush()
        {
            await response.Body.WriteAsync(lines.WrittenMemory, ended);
            lines.ResetWrittenCount();
        }
    }
}
