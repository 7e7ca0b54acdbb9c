using System;
using System.Buffers.Binary;
using System.Text;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;

namespace Slungd.Tests.Fuzz;

/// <summary>u16 count, then a payload page: decodes or is refused, every reference lies inside the payload, and what it
/// gives encodes and decodes to itself.</summary>
internal static class PayloadPageFuzz
{
    public static byte[][] Seeds => s_seeds ??= [MakeSeed(3, "ab"), MakeSeed(100, "state of worker "), MakeSeed(1, "")];

    private static byte[][]? s_seeds;

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2) return;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(input) % 8194;
        if (!TryDecode(input[2..], count, out ulong[] references, out byte[] payload)) return;
        foreach (ulong bits in references)
        {
            PayloadRef reference = PayloadRef.FromBits(bits);
            if ((ulong)reference.Offset + reference.Length > (ulong)payload.Length)
                throw new InvalidOperationException("a reference leads out of the payload");
        }
        var page = new byte[BytesCodec.MaxEncodedSize(references)];
        int length = BytesCodec.Encode(references, payload, page, new byte[page.Length]);
        if (!TryDecode(page.AsSpan(0, length), count, out ulong[] again, out byte[] same)
            || !references.AsSpan().SequenceEqual(again) || !payload.AsSpan().SequenceEqual(same))
            throw new InvalidOperationException("the page does not give back what it took");
    }

    private static bool TryDecode(ReadOnlySpan<byte> page, int count, out ulong[] references, out byte[] payload)
    {
        references = new ulong[count];
        payload = [];
        if (!BytesCodec.TryGetSizes(page, out int payloadLength, out int scratchLength)) return false;
        if (payloadLength > 1 << 20 || scratchLength > 1 << 20) return false; // a caller's own bound
        payload = new byte[payloadLength];
        return BytesCodec.TryDecode(page, references, payload, new byte[scratchLength]);
    }

    private static byte[] MakeSeed(int count, string text)
    {
        var references = new ulong[count];
        var payload = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            references[i] = new PayloadRef((uint)payload.Length, (uint)(text.Length + 1)).ToBits();
            payload.Append(text).Append((char)('a' + i % 26));
        }
        var page = new byte[2 + BytesCodec.MaxEncodedSize(references)];
        BinaryPrimitives.WriteUInt16LittleEndian(page, (ushort)count);
        int length = BytesCodec.Encode(references, Encoding.ASCII.GetBytes(payload.ToString()), page.AsSpan(2),
            new byte[page.Length]);
        return page[..(2 + length)];
    }
}
