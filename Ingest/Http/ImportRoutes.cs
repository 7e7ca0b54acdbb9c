using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Exposition;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Http;

/// <summary>`POST /api/v1/import/prometheus`: the text format and OpenMetrics.</summary>
internal sealed class ImportRoutes(IEventSink sink, Intake intake, RequestBodies bodies, MetadataStore metadata,
    ExemplarStore exemplars, TimeProvider clock)
{
    private readonly Pool<Desk> _desks = new();

    public ProtocolCounters Counters { get; } = new();

    public IEnumerable<HttpRoute> All() => [new HttpRoute("/api/v1/import/prometheus") { Post = Import, Put = Import }];

    private async Task Import(HttpContext context)
    {
        if (!await intake.TryEnter(context)) return;
        NativeBufferWriter body =
            await bodies.ReadAsync(context.Request, isSnappyAssumed: false, context.RequestAborted);
        Desk desk = _desks.TryRent() ?? new Desk(sink, new NoteKeeper(metadata, exemplars));
        try
        {
            bool isOpenMetrics = context.Request.ContentType?.StartsWith("application/openmetrics-text",
                StringComparison.OrdinalIgnoreCase) ?? false;
            try { desk.Read(body, isOpenMetrics, sink.Precision.Now(clock)); }
            finally { bodies.Return(body); }
            lock (Counters) Counters.Malformed += desk.Decoder.Malformed;
            if (await intake.TryKeep(context, desk.Batch, desk.Commit, Counters)) await Answer(context, desk);
        }
        finally { _desks.Return(desk); }
    }

    private static Task Answer(HttpContext context, Desk desk)
    {
        long refused = desk.Batch.Refusals.Points, malformed = desk.Decoder.Malformed;
        if (refused == 0 && malformed == 0)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }
        List<string> troubles = [];
        if (malformed > 0) troubles.Add($"{desk.Decoder.Problem}; {malformed} lines could not be read");
        if (refused > 0) troubles.Add(Intake.Describe(desk.Batch));
        troubles.Add("everything else is kept");
        return JsonAnswer.Error(context, StatusCodes.Status400BadRequest, string.Join("; ", troubles));
    }

    private sealed class Desk
    {
        public Desk(IEventSink sink, IMetricNotes notes)
        {
            Batch = new WriteBatch(sink);
            Decoder = new ExpositionDecoder(sink.Precision, Batch, notes);
        }

        public WriteBatch Batch { get; }

        public ExpositionDecoder Decoder { get; }

        public ulong Commit { get; private set; }

        public void Read(NativeBufferWriter body, bool isOpenMetrics, long now)
        {
            Batch.Clear();
            Decoder.Decode(body.WrittenSpan, isOpenMetrics, now);
            Commit = Batch.Commit();
        }
    }
}
