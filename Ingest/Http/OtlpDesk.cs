using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Ingest.Security;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Ingest.Http;

/// <summary>What one request of OTLP needs at a time. One thread.</summary>
internal sealed class OtlpDesk : IDisposable
{
    private readonly LineCache _cache;
    private readonly OtlpDecoder _decoder;

    public OtlpDesk(IEventSink sink, IMetricNotes notes, DeltaTable deltas, ByteBudget cacheBudget)
    {
        _cache = new LineCache(cacheBudget, SystemRandom.NextUInt64());
        Sink = new TokenSink(sink);
        Batch = new WriteBatch(Sink);
        _decoder = new OtlpDecoder(sink.Precision, Batch, notes, deltas, HistogramPayload.Encode, _cache);
    }

    public TokenSink Sink { get; }

    public WriteBatch Batch { get; }

    public ulong Commit { get; private set; }

    /// <summary>Data points that can't be stored whatever the store says; a message that is malformed counts as
    /// one.</summary>
    public long Malformed { get; private set; }

    /// <summary>Data points that were not kept.</summary>
    public long Rejected { get; private set; }

    /// <summary>Why; or what else was left out; null when all is kept and the message could be read.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads an ExportMetricsServiceRequest and stores its points; false when it is malformed.</summary>
    public bool TryRead(ReadOnlySpan<byte> message)
    {
        Batch.Clear();
        bool isMessage = _decoder.TryDecode(message);
        Commit = _decoder.Commit();
        Malformed = _decoder.Malformed + (isMessage ? 0 : 1);
        Rejected = _decoder.Rejected();
        Problem = _decoder.Problem ?? (Batch.Refusals.Points == 0 ? _decoder.Warning : Intake.Describe(Batch));
        return isMessage;
    }

    public void Dispose() => _cache.Dispose();
}
