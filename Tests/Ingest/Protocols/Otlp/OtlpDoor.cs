using System;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Native.Memory;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

/// <summary>A decoder with everything of its own; 0 bytes: it remembers nothing.</summary>
internal sealed class OtlpDoor : IDisposable
{
    private readonly LineCache? _cache;

    public OtlpDoor(IEventSink sink, int cacheBytes)
    {
        _cache = cacheBytes == 0 ? null : new LineCache(new ByteBudget(cacheBytes), seed: 7);
        Batch = new WriteBatch(sink);
        Decoder = new OtlpDecoder(sink.Precision, Batch, Notes, new DeltaTable(1 << 20, HistogramPayload.Add),
            HistogramPayload.Encode, _cache);
    }

    public NotesText Notes { get; } = new();

    public WriteBatch Batch { get; }

    public OtlpDecoder Decoder { get; }

    public int Remembered => _cache!.Count;

    /// <summary>What the sender is answered.</summary>
    public string Take(ReadOnlySpan<byte> request)
    {
        Batch.Clear();
        bool isRead = Decoder.TryDecode(request);
        Decoder.Commit();
        return $"{isRead} {Decoder.Points} {Decoder.Rejected()} {Batch.Refusals.Points} {Decoder.Problem}"
            + Decoder.Warning;
    }

    public string Said() => string.Join('\n', [.. Notes.Families.Values,
        .. Notes.Lines.Where(static line => line.Contains(" of __name__=", StringComparison.Ordinal))]);

    public void Dispose() => _cache?.Dispose();
}
