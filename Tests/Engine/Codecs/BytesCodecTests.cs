using System;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

public class BytesCodecTests
{
    private static byte[] Encode(byte[][] values)
    {
        var references = new ulong[values.Length];
        var payload = new System.Collections.Generic.List<byte>();
        // Backwards, so that the page must put them in order itself.
        for (int i = values.Length - 1; i >= 0; i--)
        {
            references[i] = new PayloadRef((uint)payload.Count, (uint)values[i].Length).ToBits();
            payload.AddRange(values[i]);
        }
        var page = new byte[BytesCodec.MaxEncodedSize(references)];
        return page[..BytesCodec.Encode(references, payload.ToArray(), page, new byte[page.Length])];
    }

    private static byte[][]? Decode(byte[] page, int count)
    {
        if (!BytesCodec.TryGetSizes(page, out int payloadLength, out int scratchLength)) return null;
        var references = new ulong[count];
        var payload = new byte[payloadLength];
        if (!BytesCodec.TryDecode(page, references, payload, new byte[scratchLength])) return null;
        return Array.ConvertAll(references, bits =>
        {
            PayloadRef reference = PayloadRef.FromBits(bits);
            return payload.AsSpan((int)reference.Offset, (int)reference.Length).ToArray();
        });
    }

    [Fact]
    public void AnyBytesRoundTrip() => Prop.ForAll(ArbMap.Default.ArbFor<byte[][]>(), values =>
    {
        if (values.Length == 0) return;
        values = Array.ConvertAll(values, value => value ?? []);
        Assert.Equal(values, Decode(Encode(values), values.Length));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TextThatRepeatsIsCompressed()
    {
        var values = new byte[1000][];
        for (int i = 0; i < values.Length; i++) values[i] = Encoding.UTF8.GetBytes($"state=running, worker {i % 7}");
        byte[] page = Encode(values);
        Assert.Equal((byte)PageEncoding.PayloadBrotli, page[0]);
        Assert.InRange(page.Length, 1, 1000);
        Assert.Equal(values, Decode(page, values.Length));
    }

    [Fact]
    public void NoiseStaysPlain()
    {
        var random = new Random(1);
        var values = new byte[50][];
        for (int i = 0; i < values.Length; i++) random.NextBytes(values[i] = new byte[random.Next(300)]);
        byte[] page = Encode(values);
        Assert.Equal((byte)PageEncoding.PayloadPlain, page[0]);
        Assert.Equal(values, Decode(page, values.Length));
    }

    [Fact]
    public void AnotherCountOrACutPageIsRefused()
    {
        byte[] page = Encode([[1, 2, 3], [4], []]);
        Assert.Null(Decode(page, 2));
        Assert.Null(Decode(page, 4));
        for (int cut = 0; cut < page.Length; cut++) Assert.Null(Decode(page[..cut], 3));
        Assert.Null(Decode([.. page, 0], 3));
    }
}
