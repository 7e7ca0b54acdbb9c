using System;
using System.Buffers.Binary;

namespace Slungd.Ingest.Protocols.SlungV2;

/// <summary>One block of COLUMNS, little-endian:
/// <code>
///  u32 alias | u32 count | u8 flags | irregular: count x i64 timestamps, or regular: i64 start, i64 step | count x f64
/// </code></summary>
internal readonly struct BlockLayout
{
    public const int HeaderBytes = 9;
    public const byte RegularFlag = 0x01;
    private const int RegularTimeBytes = 2 * sizeof(long);

    /// <param name="input">At least <see cref="HeaderBytes"/>.</param>
    public BlockLayout(ReadOnlySpan<byte> input)
    {
        Alias = BinaryPrimitives.ReadUInt32LittleEndian(input);
        Count = BinaryPrimitives.ReadUInt32LittleEndian(input[sizeof(uint)..]);
        Flags = input[2 * sizeof(uint)];
    }

    public uint Alias { get; }

    public uint Count { get; }

    public byte Flags { get; }

    public bool IsRegular => (Flags & RegularFlag) != 0;

    public bool HasUnknownFlags => (Flags & ~RegularFlag) != 0;

    public long TimeBytes => IsRegular ? RegularTimeBytes : (long)Count * sizeof(long);

    /// <summary>Of the whole block, header included.</summary>
    public long Bytes => HeaderBytes + TimeBytes + (long)Count * sizeof(double);

    /// <summary>False when start + step * (count - 1) is no i64; it is the only timestamp that can be out of range.
    /// </summary>
    public static bool FitsInt64(long start, long step, uint count)
    {
        Int128 last = (Int128)start + (Int128)step * (count - 1);
        return last >= long.MinValue && last <= long.MaxValue;
    }
}
