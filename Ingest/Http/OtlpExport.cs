using System;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Ingest.Security;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Http;

/// <summary>What the doors of OTLP do with a request once it is a protobuf message: over HTTP and over gRPC.</summary>
/// <param name="sink">Where points go.</param>
/// <param name="intake">Admits, and waits until points are kept.</param>
/// <param name="metadata">Takes what is said of metrics.</param>
/// <param name="exemplars">Takes those.</param>
/// <param name="deltas">Adds up deltas.</param>
/// <param name="cacheBudget">Pays for what the decoders remember.</param>
internal sealed class OtlpExport(IEventSink sink, Intake intake, MetadataStore metadata, ExemplarStore exemplars,
    DeltaTable deltas, ByteBudget cacheBudget)
{
    private readonly Pool<OtlpDesk> _desks = new();

    public ProtocolCounters Counters { get; } = new();

    /// <summary>Waits, not for ever, until the store takes points; false: the answer was sent.</summary>
    public Task<bool> TryEnter(HttpContext context, ErrorAnswer error) => intake.TryEnter(context, error);

    /// <summary>Stores a request's points and answers.</summary>
    /// <param name="context">The request.</param>
    /// <param name="message">Not used after the first wait.</param>
    /// <param name="done">Sends the answer: data points that were rejected, and why; or a warning.</param>
    /// <param name="error">Sends an error.</param>
    public Task Take(HttpContext context, ReadOnlySpan<byte> message, Func<HttpContext, long, string?, Task> done,
        ErrorAnswer error)
    {
        OtlpDesk desk = _desks.TryRent()
            ?? new OtlpDesk(sink, new NoteKeeper(metadata, exemplars), deltas, cacheBudget);
        desk.Sink.Token = context.Features.Get<AccessToken>();
        bool isMessage = desk.TryRead(message);
        lock (Counters) Counters.Malformed += desk.Malformed;
        return Answer(context, desk, isMessage, done, error);
    }

    private async Task Answer(HttpContext context, OtlpDesk desk, bool isMessage,
        Func<HttpContext, long, string?, Task> done, ErrorAnswer error)
    {
        try
        {
            if (!await intake.TryKeep(context, desk.Batch, desk.Commit, Counters, error)) return;
            if (isMessage) await done(context, desk.Rejected, desk.Problem);
            else await error(context, StatusCodes.Status400BadRequest, desk.Problem!);
        }
        finally
        {
            if (!_desks.Return(desk)) desk.Dispose();
        }
    }
}
