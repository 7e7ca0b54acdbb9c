using System;
using System.Buffers.Binary;
using System.IO.Compression;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;

namespace Slungd.Engine.Codecs;

/// <summary>Pages of the families with a payload (Bytes, String, Histogram): each value is a run of bytes. The body is
/// the lengths as varints, then all bytes back to back; it goes through Brotli when that saves an eighth.</summary>
internal static class BytesCodec
{
    /// <summary>Points of the largest page.</summary>
    public const int MaxCount = TimestampCodec.MaxCount;

    /// <summary>Bytes that the values of one page may have together; larger pages are cut before they get here.
    /// </summary>
    public const int MaxPayload = 64 * 1024 * 1024;

    // Quality 4 is Brotli's fastest with a real match search; payload pages are rare and worth it.
    private const int BrotliQuality = 4;
    private const int BrotliWindowBits = 22;
    private const int SmallestCompressed = 64;

    // id, u32 body length before compression, u32 payload length.
    private const int HeaderLength = 1 + 2 * sizeof(uint);

    /// <summary>Bytes that a page of these values may take.</summary>
    public static int MaxEncodedSize(ReadOnlySpan<ulong> references) =>
        HeaderLength + checked((int)(TotalLength(references) + references.Length * (long)Varint.MaxLength));

    /// <summary>How many bytes the values have together.</summary>
    public static long TotalLength(ReadOnlySpan<ulong> references)
    {
        long total = 0;
        foreach (ulong bits in references) total += PayloadRef.FromBits(bits).Length;
        return total;
    }

    /// <summary>Writes a page and returns its length.</summary>
    /// <param name="references">1 to <see cref="MaxCount"/> <see cref="PayloadRef"/>s, in any order.</param>
    /// <param name="payload">What they refer to.</param>
    /// <param name="to">At least <see cref="MaxEncodedSize"/> bytes.</param>
    /// <param name="scratch">As much again.</param>
    public static int Encode(ReadOnlySpan<ulong> references, ReadOnlySpan<byte> payload, Span<byte> to,
        Span<byte> scratch)
    {
        Invariant.Check(references.Length is >= 1 and <= MaxCount);
        int total = checked((int)TotalLength(references));
        Invariant.Check(total <= MaxPayload);
        Invariant.Check(to.Length >= MaxEncodedSize(references) && scratch.Length >= MaxEncodedSize(references));

        int length = WriteBody(references, payload, scratch);
        ReadOnlySpan<byte> body = scratch[..length];
        to[0] = (byte)PageEncoding.PayloadPlain;
        BinaryPrimitives.WriteUInt32LittleEndian(to[1..], (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(to[5..], (uint)total);
        Span<byte> room = to.Slice(HeaderLength, length - length / 8);
        if (length >= SmallestCompressed
            && BrotliEncoder.TryCompress(body, room, out int compressed, BrotliQuality, BrotliWindowBits))
        {
            to[0] = (byte)PageEncoding.PayloadBrotli;
            return HeaderLength + compressed;
        }
        body.CopyTo(to[HeaderLength..]);
        return HeaderLength + length;
    }

    /// <summary>How much room <see cref="TryDecode"/> needs: for the payload, and for scratch (0 when the page is not
    /// compressed). False when the page is not sound.</summary>
    public static bool TryGetSizes(ReadOnlySpan<byte> page, out int payloadLength, out int scratchLength)
    {
        payloadLength = 0;
        scratchLength = 0;
        if (page.Length < HeaderLength) return false;
        uint body = BinaryPrimitives.ReadUInt32LittleEndian(page[1..]);
        uint payload = BinaryPrimitives.ReadUInt32LittleEndian(page[5..]);
        if (payload > MaxPayload || body < payload || body - payload > MaxCount * Varint.MaxLength) return false;
        payloadLength = (int)payload;
        if ((PageEncoding)page[0] == PageEncoding.PayloadBrotli) scratchLength = (int)body;
        return true;
    }

    /// <summary>Restores exactly <paramref name="references"/>.Length values: their bytes back to back in
    /// <paramref name="payload"/>, and where each lies there. False when the page is not sound, was written for another
    /// count, or the spans are smaller than <see cref="TryGetSizes"/> said.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> page, Span<ulong> references, Span<byte> payload,
        Span<byte> scratch)
    {
        if (references.Length is 0 or > MaxCount) return false;
        if (!TryGetSizes(page, out int payloadLength, out int scratchLength)) return false;
        if (payload.Length < payloadLength || scratch.Length < scratchLength) return false;
        int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(page[1..]);
        ReadOnlySpan<byte> body = page[HeaderLength..];
        switch ((PageEncoding)page[0])
        {
            case PageEncoding.PayloadPlain:
                break;
            case PageEncoding.PayloadBrotli:
                if (!BrotliDecoder.TryDecompress(body, scratch[..length], out int written) || written != length)
                    return false;
                body = scratch[..length];
                break;
            default:
                return false;
        }
        return body.Length == length && TryReadBody(body, references, payload[..payloadLength]);
    }

    private static int WriteBody(ReadOnlySpan<ulong> references, ReadOnlySpan<byte> payload, Span<byte> to)
    {
        int at = 0;
        foreach (ulong bits in references) at += Varint.Write(to[at..], PayloadRef.FromBits(bits).Length);
        foreach (ulong bits in references)
        {
            PayloadRef reference = PayloadRef.FromBits(bits);
            payload.Slice((int)reference.Offset, (int)reference.Length).CopyTo(to[at..]);
            at += (int)reference.Length;
        }
        return at;
    }

    private static bool TryReadBody(ReadOnlySpan<byte> body, Span<ulong> references, Span<byte> payload)
    {
        int at = 0;
        uint offset = 0;
        for (int i = 0; i < references.Length; i++)
        {
            if (!Varint.TryRead(body, ref at, out ulong length)) return false;
            if (length > (ulong)payload.Length - offset) return false;
            references[i] = new PayloadRef(offset, (uint)length).ToBits();
            offset += (uint)length;
        }
        if (offset != payload.Length || body.Length - at != payload.Length) return false;
        body[at..].CopyTo(payload);
        return true;
    }
}
