using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.RemoteWrite;
using Slungd.Ingest.Security;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Ingest.Http;

/// <summary>`POST /api/v1/write`: Prometheus remote write 1.0 and 2.0.</summary>
/// <param name="sink">Takes the points.</param>
/// <param name="intake">Of all doors.</param>
/// <param name="bodies">Of all doors.</param>
/// <param name="cacheBudget">Pays for what the decoders remember.</param>
/// <param name="metadata">Takes what is said of metrics.</param>
/// <param name="exemplars">Takes those.</param>
internal sealed class RemoteWriteRoutes(IEventSink sink, Intake intake, RequestBodies bodies, ByteBudget cacheBudget,
    MetadataStore metadata, ExemplarStore exemplars)
{
    private const string Version2 = "io.prometheus.write.v2.Request";

    private readonly Pool<Desk> _desks = new();

    public ProtocolCounters Counters { get; } = new();

    public IEnumerable<HttpRoute> All() => [new HttpRoute("/api/v1/write") { Post = Write }];

    private async Task Write(HttpContext context)
    {
        if (!TryReadVersion(context.Request, out bool isVersion2))
        {
            await JsonAnswer.Error(context, StatusCodes.Status415UnsupportedMediaType,
                "expected Content-Type application/x-protobuf, with proto=prometheus.WriteRequest or proto="
                + Version2);
            return;
        }
        if (!await intake.TryEnter(context)) return;
        NativeBufferWriter body =
            await bodies.ReadAsync(context.Request, isSnappyAssumed: true, context.RequestAborted);
        Desk desk = _desks.TryRent() ?? new Desk(sink, cacheBudget, new NoteKeeper(metadata, exemplars));
        try
        {
            desk.Sink.Token = context.Features.Get<AccessToken>();
            bool isMessage;
            try { isMessage = desk.Read(body, isVersion2); }
            finally { bodies.Return(body); }
            if (!isMessage) lock (Counters) Counters.Malformed++;
            if (!await intake.TryKeep(context, desk.Batch, desk.Commit, Counters)) return;
            if (isVersion2) WriteCounts(context.Response.Headers, desk);
            await Answer(context, desk, isMessage);
        }
        finally
        {
            if (!_desks.Return(desk)) desk.Dispose();
        }
    }

    private static Task Answer(HttpContext context, Desk desk, bool isMessage)
    {
        long refused = desk.Batch.Refusals.Points;
        if (isMessage && refused == 0)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }
        string error = desk.Decoder.Problem is not { } problem ? Intake.Describe(desk.Batch)
            : refused == 0 ? problem : $"{problem}; {Intake.Describe(desk.Batch)}";
        return JsonAnswer.Error(context, StatusCodes.Status400BadRequest, error);
    }

    /// <summary>What was written, whatever the status (specification 2.0, "Required Written Response Headers").
    /// </summary>
    private static void WriteCounts(IHeaderDictionary headers, Desk desk)
    {
        RemoteWriteCounts counts = desk.Decoder.Counts;
        long histograms = desk.Decoder.HistogramsKept();
        long samples = counts.Samples + counts.Histograms - desk.Batch.Refusals.Points - histograms;
        headers["X-Prometheus-Remote-Write-Samples-Written"] = samples.ToString(CultureInfo.InvariantCulture);
        headers["X-Prometheus-Remote-Write-Histograms-Written"] = histograms.ToString(CultureInfo.InvariantCulture);
        headers["X-Prometheus-Remote-Write-Exemplars-Written"] =
            counts.Exemplars.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>By the content type's parameter `proto`; version 1.0 without one.</summary>
    private static bool TryReadVersion(HttpRequest request, out bool isVersion2)
    {
        isVersion2 = false;
        if (request.ContentType is null) return true; // as every receiver before 2.0 did
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)) return false;
        if (!type.MediaType.Equals("application/x-protobuf", StringComparison.OrdinalIgnoreCase)) return false;
        foreach (NameValueHeaderValue parameter in type.Parameters)
        {
            if (!parameter.Name.Equals("proto", StringComparison.OrdinalIgnoreCase)) continue;
            string message = parameter.GetUnescapedValue().ToString();
            isVersion2 = message == Version2;
            if (!isVersion2 && message != "prometheus.WriteRequest") return false;
        }
        return true;
    }

    private sealed class Desk : IDisposable
    {
        private readonly LineCache _cache;

        public Desk(IEventSink sink, ByteBudget cacheBudget, IMetricNotes notes)
        {
            _cache = new LineCache(cacheBudget, SystemRandom.NextUInt64());
            Sink = new TokenSink(sink);
            Batch = new WriteBatch(Sink);
            Decoder = new RemoteWriteDecoder(sink.Precision, Batch, notes, HistogramPayload.Encode, _cache);
        }

        public TokenSink Sink { get; }

        public WriteBatch Batch { get; }

        public RemoteWriteDecoder Decoder { get; }

        public ulong Commit { get; private set; }

        public bool Read(NativeBufferWriter body, bool isVersion2)
        {
            Batch.Clear();
            bool isMessage = isVersion2 ? Decoder.TryDecodeV2(body.WrittenSpan) : Decoder.TryDecode(body.WrittenSpan);
            Commit = Batch.Commit();
            return isMessage;
        }

        public void Dispose() => _cache.Dispose();
    }
}
