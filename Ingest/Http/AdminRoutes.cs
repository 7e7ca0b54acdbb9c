using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Store;

namespace Slungd.Ingest.Http;

/// <summary>`POST /api/v1/admin/tsdb/flush` and `/compact`: work that the store does by itself, done now. Each answers
/// when it is done; one at a time.</summary>
internal sealed class AdminRoutes(TimeSeriesStore store)
{
    private int _isBusy;

    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/api/v1/admin/tsdb/flush") { Post = context => Run(context, _ => store.Flush()) },
        new HttpRoute("/api/v1/admin/tsdb/compact") { Post = context => Run(context, store.Compact) },
    ];

    private async Task Run(HttpContext context, Action<CancellationToken> work)
    {
        if (store.State is SinkState.Recovering or SinkState.Stopping)
        {
            context.Response.Headers.RetryAfter = "1";
            await JsonAnswer.Error(context, StatusCodes.Status503ServiceUnavailable, store.StateReason ?? "not now");
            return;
        }
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
        {
            context.Response.Headers.RetryAfter = "1";
            await JsonAnswer.Error(context, StatusCodes.Status429TooManyRequests, "another flush or compaction runs");
            return;
        }
        string? trouble = null;
        try { work(context.RequestAborted); }
        catch (IOException e) // the disk fails, or a segment is corrupt
        {
            trouble = e.Message;
        }
        finally { Volatile.Write(ref _isBusy, 0); }
        await (trouble is null ? Done(context)
            : JsonAnswer.Error(context, StatusCodes.Status500InternalServerError, trouble));
    }

    private Task Done(HttpContext context)
    {
        StoreStatistics now = store.Statistics();
        ArrayBufferWriter<byte> body = new(256);
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "success"u8);
            json.WriteStartObject("data"u8);
            json.WriteNumber("segments"u8, now.Segments);
            json.WriteNumber("segment_points"u8, now.SegmentPoints);
            json.WriteNumber("segment_bytes"u8, now.SegmentBytes);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return JsonAnswer.Send(context, StatusCodes.Status200OK, JsonAnswer.ContentType, body.WrittenMemory);
    }
}
