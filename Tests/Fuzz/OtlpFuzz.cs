using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Tests.Ingest.Protocols;
using Slungd.Tests.Ingest.Protocols.Otlp;
using Slungd.Tests.Ingest.Protocols.Protobuf;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes as a request, twice with the same sums of deltas: every sample is stored or refused, no more data
/// points are rejected than there are, and what can't be read is said.</summary>
internal static class OtlpFuzz
{
    public static readonly byte[][] Seeds = [Request(OtlpMessages.Cumulative), Request(OtlpMessages.Delta)];

    public static void Run(ReadOnlySpan<byte> input)
    {
        DeltaTable deltas = new(4_096, seed: 1, HistogramPayload.Add);
        for (int round = 0; round < 2; round++)
        {
            TextSink sink = new(Precision.Nanoseconds);
            WriteBatch batch = new(sink);
            OtlpDecoder decoder = new(Precision.Nanoseconds, batch, new NotesText(), deltas, HistogramPayload.Encode);
            bool isMessage = decoder.TryDecode(input);
            batch.Commit();
            bool isSaid = decoder.Problem?.StartsWith("expected an Export", StringComparison.Ordinal) ?? false;
            if (isMessage == isSaid) throw new InvalidOperationException("malformed, yet without a word of it");
            if (sink.Points.Count + batch.Refusals.Points != batch.Count)
                throw new InvalidOperationException("samples were lost");
            if (decoder.Rejected() < 0 || decoder.Rejected() > decoder.Points)
                throw new InvalidOperationException("more were rejected than there were");
        }
    }

    private static byte[] Request(ulong temporality)
    {
        ProtoMessage exponential = new ProtoMessage().Add(1, OtlpMessages.Attribute("a", "b")).Fixed64(3, 5)
            .Fixed64(4, 4).Double(5, 2).Number(6, 2).Fixed64(7, 1)
            .Add(8, new ProtoMessage().Number(1, 3).Packed(2, 1, 0, 2)).Double(14, 0.5);
        ProtoMessage exemplar = new ProtoMessage().Fixed64(2, 4).Double(3, 7).Add(5, 1, 2)
            .Add(7, OtlpMessages.Attribute("c", "d"));
        ProtoMessage summary = new ProtoMessage().Fixed64(3, 5).Fixed64(4, 4)
            .Add(6, new ProtoMessage().Double(1, 0.5).Double(2, 3));
        ProtoMessage list = new ProtoMessage().Add(5, new ProtoMessage().Add(1, new ProtoMessage().Number(3, 7)));
        ProtoMessage scope = new ProtoMessage().Add(1, new ProtoMessage().Add(1, "lib"))
            .Add(2, OtlpMessages.Metric("g", "By/s", 5, 0, false, OtlpMessages.Number(5, 1)))
            .Add(2, OtlpMessages.Metric("s", "1", 7, temporality, true,
                OtlpMessages.Number(5, 1, OtlpMessages.Attribute("l", list)).Add(5, exemplar)))
            .Add(2, OtlpMessages.Metric("h", "s", 9, temporality, false, OtlpMessages.Buckets(5, 1, 2, 3)
                .Add(8, exemplar)))
            .Add(2, OtlpMessages.Metric("e", "", 10, temporality, false, exponential))
            .Add(2, OtlpMessages.Metric("q", "", 11, 0, false, summary));
        return OtlpMessages.Request(new ProtoMessage().Add(1, OtlpMessages.Attribute("service.name", "s"))
            .Add(1, OtlpMessages.Attribute("os", "x")), scope);
    }
}
