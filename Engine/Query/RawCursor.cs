using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Engine.Query;

/// <summary>Where an answer of RAW has ended, and the range that was fixed when the first one began. As a token it is
/// all that the next request needs: the server keeps nothing, and a restart in between changes nothing.</summary>
/// <param name="Range">The range of the first answer; relative ends do not move on between pages.</param>
/// <param name="Timestamp">Of the last point that was given.</param>
/// <param name="Series">Of the last point that was given.</param>
internal sealed record RawCursor(TimeRange Range, long Timestamp, SeriesKey Series)
{
    private const int FixedBytes = 4 + 3 * 8;

    /// <summary>The token: base64url of `u32 crc32c | i64 start | i64 end | i64 timestamp | tags x (u16 length | tag)`.
    /// The name is the query's, and the checksum covers the query's text too: the token fits no other query.</summary>
    public string ToToken(DslQuery query)
    {
        ArrayBufferWriter<byte> bytes = new();
        BinaryPrimitives.WriteInt64LittleEndian(bytes.GetSpan(FixedBytes)[4..], Range.Start);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.GetSpan(FixedBytes)[12..], Range.End);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.GetSpan(FixedBytes)[20..], Timestamp);
        bytes.Advance(FixedBytes);
        foreach (byte[] tag in Series.TagBytes)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.GetSpan(2), checked((ushort)tag.Length));
            bytes.Advance(2);
            bytes.Write(tag);
        }
        byte[] token = bytes.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(token, Checksum(token, query));
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Reads a token of the same query; null for any other text.</summary>
    public static RawCursor? FromToken(ReadOnlySpan<char> token, DslQuery query)
    {
        byte[] bytes = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (!TryDecode(token, bytes, out int length) || length < FixedBytes) return null;
        ReadOnlySpan<byte> rest = bytes.AsSpan(0, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(rest) != Checksum(rest, query)) return null;
        long start = BinaryPrimitives.ReadInt64LittleEndian(rest[4..]);
        long end = BinaryPrimitives.ReadInt64LittleEndian(rest[12..]);
        long timestamp = BinaryPrimitives.ReadInt64LittleEndian(rest[20..]);
        rest = rest[FixedBytes..];
        List<byte[]> tags = [];
        while (rest.Length >= 2)
        {
            int tagLength = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (rest.Length < 2 + tagLength) return null;
            tags.Add(rest.Slice(2, tagLength).ToArray());
            rest = rest[(2 + tagLength)..];
        }
        if (!rest.IsEmpty) return null;
        return new RawCursor(new TimeRange(start, end), timestamp, new SeriesKey(query.Selector.Name!, [.. tags]));
    }

    private static bool TryDecode(ReadOnlySpan<char> token, Span<byte> bytes, out int length)
    {
        length = 0;
        return Base64Url.IsValid(token)
            && Base64Url.DecodeFromChars(token, bytes, out _, out length) == OperationStatus.Done;
    }

    private static uint Checksum(ReadOnlySpan<byte> token, DslQuery query)
    {
        byte[] text = Encoding.UTF8.GetBytes(query.ToString());
        return Crc32C.Append(Crc32C.Of(text), token[4..]);
    }
}
