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
using Slungd.Ingest.Http.Prometheus;
using Slungd.Native.Os;

namespace Slungd.Ingest.Http;

/// <summary>`POST /api/v1/admin/tsdb/flush`, `/compact` and `/clean_tombstones`: work that the store does by itself,
/// done now; `/snapshot`. Each answers when it is done. One flush or compaction at a time, and one snapshot.</summary>
internal sealed class AdminRoutes(TimeSeriesStore store)
{
    private const string UpkeepRuns = "another flush or compaction runs";

    private readonly Gate _upkeep = new();
    private readonly Gate _snapshots = new();

    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/api/v1/admin/tsdb/flush") { Post = context => Upkeep(context, _ => store.Flush()) },
        new HttpRoute("/api/v1/admin/tsdb/compact") { Post = context => Upkeep(context, store.Compact) },
        new HttpRoute("/api/v1/admin/tsdb/snapshot") { Post = Snapshot, Put = Snapshot },
        new HttpRoute("/api/v1/admin/tsdb/clean_tombstones") { Post = CleanTombstones, Put = CleanTombstones },
    ];

    private Task CleanTombstones(HttpContext context) =>
        Run(context, _upkeep, UpkeepRuns, () =>
        {
            store.CleanTombstones(context.RequestAborted);
            return null;
        });

    private Task Upkeep(HttpContext context, Action<CancellationToken> work) =>
        Run(context, _upkeep, UpkeepRuns, () =>
        {
            work(context.RequestAborted);
            StoreStatistics now = store.Statistics();
            return json =>
            {
                json.WriteNumber("segments"u8, now.Segments);
                json.WriteNumber("segment_points"u8, now.SegmentPoints);
                json.WriteNumber("segment_bytes"u8, now.SegmentBytes);
            };
        });

    private Task Snapshot(HttpContext context) =>
        Run(context, _snapshots, "another snapshot is being made", () =>
        {
            string name = store.Snapshot();
            return json => json.WriteString("name"u8, name);
        });

    /// <summary>Does the work on this thread, unless the store is not up or the same is being done.</summary>
    /// <param name="context">The request.</param>
    /// <param name="gate">Held meanwhile.</param>
    /// <param name="busy">Why the gate is closed.</param>
    /// <param name="work">Returns what writes the members of the answer's `data`; null: the answer has no body.</param>
    private async Task Run(HttpContext context, Gate gate, string busy, Func<Action<Utf8JsonWriter>?> work)
    {
        if (store.State is SinkState.Recovering or SinkState.Stopping)
        {
            await ApiAnswer.Error(context, ApiError.Unavailable, store.StateReason ?? "not now");
            return;
        }
        if (!gate.TryEnter())
        {
            await ApiAnswer.Error(context, ApiError.TooMany, busy);
            return;
        }
        IOException? trouble = null;
        Action<Utf8JsonWriter>? members = null;
        try { members = work(); }
        catch (IOException e) // the disk fails, or a segment is corrupt
        {
            trouble = e;
        }
        finally { gate.Leave(); }
        await (trouble is null ? Done(context, members)
            : ApiAnswer.Error(context, KindOf(trouble), trouble.Message));
    }

    internal static ApiError KindOf(IOException trouble) =>
        trouble is DiskException { Fault: DiskFault.NoSpace } ? ApiError.NoSpace : ApiError.Internal;

    private static Task Done(HttpContext context, Action<Utf8JsonWriter>? members)
    {
        if (members is null)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }
        ArrayBufferWriter<byte> body = new(256);
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "success"u8);
            json.WriteStartObject("data"u8);
            members(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return JsonAnswer.Send(context, StatusCodes.Status200OK, JsonAnswer.ContentType, body.WrittenMemory);
    }

    private sealed class Gate
    {
        private int _isClosed;

        public bool TryEnter() => Interlocked.Exchange(ref _isClosed, 1) == 0;

        public void Leave() => Volatile.Write(ref _isClosed, 0);
    }
}
