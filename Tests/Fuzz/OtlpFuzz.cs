using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Protocols;
using Slungd.Tests.Ingest.Protocols.Otlp;
using Slungd.Tests.Ingest.Protocols.Protobuf;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes as a request, twice with the same sums of deltas: every sample is stored or refused, no more data
/// points are rejected than there are, what can't be read is said, and what is remembered makes no
/// difference.</summary>
internal static class OtlpFuzz
{
    public static readonly byte[][] Seeds = [Request(OtlpMessages.Cumulative), Request(OtlpMessages.Delta)];

    public static void Run(ReadOnlySpan<byte> input)
    {
        DeltaTable deltas = new(4_096, HistogramPayload.Add);
        for (int round = 0; round < 2; round++)
        {
            TextSink sink = new(Precision.Nanoseconds);
            WriteBatch batch = new(sink);
            OtlpDecoder decoder = new(Precision.Nanoseconds, batch, new NotesText(), deltas, HistogramPayload.Encode);
            bool isMessage = decoder.TryDecode(input);
            decoder.Commit();
            bool isSaid = decoder.Problem?.StartsWith("expected an Export", StringComparison.Ordinal) ?? false;
            if (isMessage == isSaid) throw new InvalidOperationException("malformed, yet without a word of it");
            if (sink.Points.Count + batch.Refusals.Points != batch.Count)
                throw new InvalidOperationException("samples were lost");
            if (decoder.Rejected() < 0 || decoder.Rejected() > decoder.Points)
                throw new InvalidOperationException("more were rejected than there were");
        }
        CheckCache(input);
    }

    /// <summary>The same, three times, whether series are remembered or there is no room for them.</summary>
    private static void CheckCache(ReadOnlySpan<byte> input)
    {
        using LineCache cache = new(new ByteBudget(1 << 20), seed: 5), none = new(new ByteBudget(0), seed: 5);
        string plain = Answers(input, null);
        if (plain != Answers(input, cache) || plain != Answers(input, none))
            throw new InvalidOperationException("remembered series are others");
    }

    private static string Answers(ReadOnlySpan<byte> input, LineCache? cache)
    {
        TextSink sink = new(Precision.Nanoseconds);
        WriteBatch batch = new(sink);
        NotesText notes = new();
        OtlpDecoder decoder = new(Precision.Nanoseconds, batch, notes, new DeltaTable(1 << 20, HistogramPayload.Add),
            HistogramPayload.Encode, cache);
        for (int round = 0; round < 3; round++)
        {
            batch.Clear();
            bool isMessage = decoder.TryDecode(input);
            decoder.Commit();
            sink.Points.Add($"{isMessage} {decoder.Points} {decoder.Rejected()} {decoder.Problem} {decoder.Warning}");
        }
        return string.Join('\n', [.. sink.Points, .. notes.Families.Values]);
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
            .Add(2, OtlpMessages.Metric("q", "", 11, 0, false, summary))
            .Add(1, new ProtoMessage().Add(2, "1").Number(2, 1)); // merged, and of another type
        return OtlpMessages.Request(new ProtoMessage().Add(1, OtlpMessages.Attribute("service.name", "s"))
            .Add(1, OtlpMessages.Attribute("os", "x")), scope);
    }
}
