using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Http;

/// <summary>`POST /v1/metrics` and `/api/v1/otlp/v1/metrics`: OTLP metrics.</summary>
internal sealed class OtlpRoutes(IEventSink sink, Intake intake, RequestBodies bodies, MetadataStore metadata,
    ExemplarStore exemplars, DeltaTable deltas)
{
    private readonly Pool<OtlpDesk> _desks = new();

    public ProtocolCounters Counters { get; } = new();

    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/v1/metrics") { Post = Export, Error = OtlpAnswer.Error },
        new HttpRoute("/api/v1/otlp/v1/metrics") { Post = Export, Error = OtlpAnswer.Error },
    ];

    private async Task Export(HttpContext context)
    {
        if (!OtlpAnswer.IsProtobuf(context.Request))
        {
            await OtlpAnswer.Error(context, StatusCodes.Status415UnsupportedMediaType,
                "expected Content-Type application/x-protobuf");
            return;
        }
        if (!await intake.TryEnter(context, OtlpAnswer.Error)) return;
        NativeBufferWriter body =
            await bodies.ReadAsync(context.Request, isSnappyAssumed: false, context.RequestAborted);
        OtlpDesk desk = _desks.TryRent() ?? new OtlpDesk(sink, new NoteKeeper(metadata, exemplars), deltas);
        try
        {
            bool isMessage;
            try { isMessage = desk.TryRead(body.WrittenSpan); }
            finally { bodies.Return(body); }
            if (!isMessage) lock (Counters) Counters.Malformed++;
            if (!await intake.TryKeep(context, desk.Batch, desk.Commit, Counters, OtlpAnswer.Error)) return;
            if (isMessage) await OtlpAnswer.Done(context, desk.Rejected, desk.Problem);
            else await OtlpAnswer.Error(context, StatusCodes.Status400BadRequest, desk.Problem!);
        }
        finally { _desks.Return(desk); }
    }
}
