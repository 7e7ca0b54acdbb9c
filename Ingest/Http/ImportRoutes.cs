using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Exposition;
using Slungd.Ingest.Protocols.MetricLines;
using Slungd.Ingest.Security;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Http;

/// <summary>`POST /api/v1/import/prometheus`: the text format and OpenMetrics; `POST /api/v1/import`: JSON lines.
/// </summary>
internal sealed class ImportRoutes(IEventSink sink, Intake intake, RequestBodies bodies, MetadataStore metadata,
    ExemplarStore exemplars, TimeProvider clock)
{
    private readonly Pool<Desk> _desks = new();

    /// <summary>Of the text formats.</summary>
    public ProtocolCounters Exposition { get; } = new();

    /// <summary>Of JSON lines.</summary>
    public ProtocolCounters Lines { get; } = new();

    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/api/v1/import/prometheus") { Post = ImportExposition, Put = ImportExposition },
        new HttpRoute("/api/v1/import") { Post = ImportLines, Put = ImportLines },
    ];

    private Task ImportExposition(HttpContext context)
    {
        bool isOpenMetrics = context.Request.ContentType?.StartsWith("application/openmetrics-text",
            StringComparison.OrdinalIgnoreCase) ?? false;
        return Import(context, Exposition, (desk, body) =>
            desk.ReadExposition(body, isOpenMetrics, sink.Precision.Now(clock)));
    }

    private Task ImportLines(HttpContext context) =>
        Import(context, Lines, static (desk, body) => desk.ReadLines(body));

    private async Task Import(HttpContext context, ProtocolCounters counters, Action<Desk, NativeBufferWriter> read)
    {
        if (!await intake.TryEnter(context)) return;
        NativeBufferWriter body =
            await bodies.ReadAsync(context.Request, isSnappyAssumed: false, context.RequestAborted);
        Desk desk = _desks.TryRent() ?? new Desk(sink, new NoteKeeper(metadata, exemplars));
        try
        {
            desk.Sink.Token = context.Features.Get<AccessToken>();
            try { read(desk, body); }
            finally { bodies.Return(body); }
            lock (counters) counters.Malformed += desk.Malformed;
            if (await intake.TryKeep(context, desk.Batch, desk.Commit, counters)) await Answer(context, desk);
        }
        finally { _desks.Return(desk); }
    }

    private static Task Answer(HttpContext context, Desk desk)
    {
        long refused = desk.Batch.Refusals.Points, malformed = desk.Malformed;
        if (refused == 0 && malformed == 0)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }
        List<string> troubles = [];
        if (malformed > 0) troubles.Add($"{desk.Problem}; {malformed} lines could not be read");
        if (desk.GivenUpAt is { } line)
            troubles.Add($"too many are no JSON: line {line} and those behind it were not read");
        if (refused > 0) troubles.Add(Intake.Describe(desk.Batch));
        troubles.Add(desk.GivenUpAt is null ? "everything else is kept" : "everything else before it is kept");
        return JsonAnswer.Error(context, StatusCodes.Status400BadRequest, string.Join("; ", troubles));
    }

    private sealed class Desk
    {
        private readonly IMetricNotes _notes;
        private ExpositionDecoder? _exposition;
        private MetricLineDecoder? _lines;

        public Desk(IEventSink sink, IMetricNotes notes)
        {
            _notes = notes;
            Sink = new TokenSink(sink);
            Batch = new WriteBatch(Sink);
        }

        public TokenSink Sink { get; }

        public WriteBatch Batch { get; }

        public ulong Commit { get; private set; }

        public string? Problem { get; private set; }

        public long Malformed { get; private set; }

        public long? GivenUpAt { get; private set; }

        public void ReadExposition(NativeBufferWriter body, bool isOpenMetrics, long now)
        {
            _exposition ??= new ExpositionDecoder(Sink.Precision, Batch, _notes);
            Batch.Clear();
            _exposition.Decode(body.WrittenSpan, isOpenMetrics, now);
            Commit = Batch.Commit();
            (Problem, Malformed, GivenUpAt) = (_exposition.Problem, _exposition.Malformed, null);
        }

        public void ReadLines(NativeBufferWriter body)
        {
            _lines ??= new MetricLineDecoder(Sink.Precision, Batch);
            Batch.Clear();
            _lines.Decode(body.WrittenSpan);
            Commit = Batch.Commit();
            (Problem, Malformed, GivenUpAt) = (_lines.Problem, _lines.Malformed, _lines.GivenUpAt);
        }
    }
}
