using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Slungd.Ingest.Protocols;

/// <summary>
/// One event as both protocols of port 2077 carry it (design, section 4.1), little-endian, no padding:
/// <code>
///  0  i64 timestamp | 8  f64 value | 16  u16 series_len | 18  u16 tag_count | 20  series | tag_count x ( u16 len |
/// tag ) </code>
/// From offset 16 on it is the wire key of <see cref="Engine.Model.IEventSink.Resolve"/>.
/// </summary>
internal static class EventLayout
{
    public const int ValueOffset = 8;
    public const int KeyOffset = 16;
    public const int TagCountOffset = 18;
    public const int HeaderBytes = 20;
    private const int KeyHeaderBytes = HeaderBytes - KeyOffset;

    /// <summary>The length of the event at the start of <paramref name="input"/>, or -1 when the input ends before it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Measure(ReadOnlySpan<byte> input)
    {
        if (input.Length < HeaderBytes) return -1;
        int key = MeasureKey(input[KeyOffset..]);
        return key < 0 ? -1 : KeyOffset + key;
    }

    /// <summary>The length of the wire key at the start of <paramref name="input"/>, or -1 when the input ends before
    /// it. </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MeasureKey(ReadOnlySpan<byte> input)
    {
        if (input.Length < KeyHeaderBytes) return -1;
        int at = KeyHeaderBytes + BinaryPrimitives.ReadUInt16LittleEndian(input);
        int tags = BinaryPrimitives.ReadUInt16LittleEndian(input[sizeof(ushort)..]);
        while (tags > 0)
        {
            if (at > input.Length - sizeof(ushort)) return -1;
            at += sizeof(ushort) + BinaryPrimitives.ReadUInt16LittleEndian(input[at..]);
            tags--;
        }
        return at <= input.Length ? at : -1;
    }

    public static long Timestamp(ReadOnlySpan<byte> item) => BinaryPrimitives.ReadInt64LittleEndian(item);

    public static ulong ValueBits(ReadOnlySpan<byte> item) =>
        BinaryPrimitives.ReadUInt64LittleEndian(item[ValueOffset..]);
}
