using System;
using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Text.Json;
using System.Text.Unicode;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>Long lists of texts as JSON strings: what needs no escapes is put together by the kilobyte and handed to
/// the writer as a whole, since a call of it costs more than a short text.</summary>
internal static class TextsJson
{
    /// <summary>Bytes in one piece.</summary>
    public const int ChunkBytes = 16 * 1024;

    private const int Around = 3; // two quotes and a comma

    /// <summary>Writes some kilobytes of a list into the array that the caller has begun.</summary>
    /// <param name="json">To there.</param>
    /// <param name="texts">The list.</param>
    /// <param name="next">The first one to write.</param>
    /// <param name="end">Before this one the list ends; above <paramref name="next"/>.</param>
    /// <param name="room">At least <see cref="ChunkBytes"/>; overwritten.</param>
    /// <returns>The first one not written.</returns>
    public static int Write(Utf8JsonWriter json, LabelTexts texts, int next, int end, Span<byte> room)
    {
        int used = 0;
        for (; next < end; next++)
        {
            ReadOnlySpan<byte> text = texts[next];
            if (text.Length + Around > room.Length - used || !IsPlain(text)) break;
            room[used] = (byte)'"';
            text.CopyTo(room[(used + 1)..]);
            used += text.Length + Around;
            room[used - 2] = (byte)'"';
            room[used - 1] = (byte)',';
        }
        if (used > 0)
        {
            json.WriteRawValue(room[..(used - 1)], skipInputValidation: true); // with a comma before it where due
            return next;
        }
        if (Utf8.IsValid(texts[next])) json.WriteStringValue(texts[next]);
        else json.WriteStringValue(texts.TextAt(next));
        return next + 1;
    }

    /// <summary>Whether it is ASCII that JSON shows as it is.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> text)
    {
        int length = text.Length;
        if (length >= Vector128<byte>.Count)
        {
            for (int at = 0; at < length - Vector128<byte>.Count; at += Vector128<byte>.Count)
                if (!IsPlain(Vector128.Create(text[at..]))) return false;
            return IsPlain(Vector128.Create(text[^Vector128<byte>.Count..]));
        }
        if (length >= sizeof(ulong))
            return IsPlain(Vector128.Create(BinaryPrimitives.ReadUInt64LittleEndian(text),
                BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..])).AsByte());
        foreach (byte b in text)
            if (b is < (byte)' ' or >= 0x7f or (byte)'"' or (byte)'\\') return false;
        return true;
    }

    private static bool IsPlain(Vector128<byte> bytes)
    {
        // As signed bytes those from 0x80 on are below the space.
        Vector128<byte> special = Vector128.LessThan(bytes.AsSByte(), Vector128.Create((sbyte)' ')).AsByte()
            | Vector128.Equals(bytes, Vector128.Create((byte)0x7f))
            | Vector128.Equals(bytes, Vector128.Create((byte)'"'))
            | Vector128.Equals(bytes, Vector128.Create((byte)'\\'));
        return special == Vector128<byte>.Zero;
    }
}
