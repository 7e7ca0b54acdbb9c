using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.RemoteWrite;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Protocols;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Slungd.Tests.Ingest.Protocols.RemoteWrite;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes, read as either version: every point is stored or counted as refused, no key is malformed.
/// </summary>
internal static class RemoteWriteFuzz
{
    public static readonly byte[][] Seeds = [Version1(), Version2()];

    public static void Run(ReadOnlySpan<byte> input)
    {
        Check(input, isVersion2: false);
        Check(input, isVersion2: true);
        CheckCache(input);
    }

    /// <summary>Whether series are remembered, or there is no room for them, makes no difference to their points.
    /// </summary>
    private static void CheckCache(ReadOnlySpan<byte> input)
    {
        using LineCache cache = new(new ByteBudget(1 << 20), seed: 5), none = new(new ByteBudget(0), seed: 5);
        TextSink sink = new(Precision.Nanoseconds);
        string plain = Points(sink, input, null);
        if (plain != Points(sink, input, cache) || plain != Points(sink, input, cache)
            || plain != Points(sink, input, none))
            throw new InvalidOperationException("remembered series are others");
    }

    private static string Points(TextSink sink, ReadOnlySpan<byte> input, LineCache? cache)
    {
        sink.Points.Clear();
        WriteBatch batch = new(sink);
        RemoteWriteDecoder decoder = new(Precision.Nanoseconds, batch, new NotesText(), HistogramPayload.Encode, cache);
        decoder.TryDecode(input);
        batch.Commit();
        return string.Join('\n', sink.Points);
    }

    private static void Check(ReadOnlySpan<byte> input, bool isVersion2)
    {
        TextSink sink = new(Precision.Nanoseconds);
        WriteBatch batch = new(sink);
        RemoteWriteDecoder decoder = new(Precision.Nanoseconds, batch, new NotesText(), HistogramPayload.Encode);
        bool isMessage = isVersion2 ? decoder.TryDecodeV2(input) : decoder.TryDecode(input);
        batch.Commit();
        if (isMessage == (decoder.Problem?.StartsWith("expected a remote write", StringComparison.Ordinal) ?? false))
            throw new InvalidOperationException("malformed, yet without a word of it, or the other way round");
        if (sink.Points.Count + batch.Refusals.Points != batch.Count)
            throw new InvalidOperationException("points were lost");
        if (decoder.Counts.Samples + decoder.Counts.Histograms != batch.Count)
            throw new InvalidOperationException("points were not counted");
    }

    private static byte[] Version1() => new ProtoMessage()
        .Add(1, RemoteWriteDecoderTests.Series("__name__:up", "job:x").Add(2, RemoteWriteDecoderTests.Sample(1, 9))
            .Add(3, new ProtoMessage().Add(1, RemoteWriteDecoderTests.Label("t", "1")).Double(2, 1).Number(3, 4))
            .Add(4, new ProtoMessage().Number(1, 5).Double(3, 18.4).Number(4, 2).Number(6, 2)
                .Add(11, new ProtoMessage().Number(1, 0).Number(2, 2)).Packed(12, 2, 2).Number(15, 7)))
        .Add(3, new ProtoMessage().Number(1, 1).Add(2, "up").Add(4, "Help")).Bytes;

    private static byte[] Version2() => new ProtoMessage().Add(4, "").Add(4, "__name__").Add(4, "up").Add(4, "x")
        .Add(5, new ProtoMessage().Packed(1, 1, 2, 3, 3).Add(2, RemoteWriteDecoderTests.Sample(1, 9))
            .Add(4, new ProtoMessage().Packed(1, 3, 3).Number(3, 1))
            .Add(5, new ProtoMessage().Number(1, 2).Number(3, 3))).Bytes;
}
