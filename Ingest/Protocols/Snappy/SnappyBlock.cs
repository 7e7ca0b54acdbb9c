using System;
using System.Buffers.Binary;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.Snappy;

/// <summary>Snappy's block format (github.com/google/snappy, format_description.txt), which remote write and remote
/// read use: `varint length | elements`, where the low two bits of an element's first byte tell its kind:
/// <code>
/// 00 literal   length - 1 in the upper six bits; 60..63: in the 1..4 bytes that follow; then the bytes
/// 01 copy      length 4..11 in bits 2..4, offset of 11 bits: the upper three in bits 5..7, then a byte
/// 10 copy      length 1..64 in the upper six bits, offset of 16 bits
/// 11 copy      the same with an offset of 32 bits
/// </code></summary>
internal static class SnappyBlock
{
    private const int BlockBytes = 1 << 16; // offsets of an encoded block fit in 16 bits
    private const int HashBits = 13;
    private const int MinMatch = 4;
    private const int MaxCopy = 64;
    private const int InputMargin = 15; // the last bytes of a block are always literal

    /// <summary>Reads the decoded length that the block announces.</summary>
    /// <param name="block">The block.</param>
    /// <param name="length">In bytes; nothing has been checked against it.</param>
    /// <returns>False when it is cut off or beyond 2^31 - 1.</returns>
    public static bool TryReadLength(ReadOnlySpan<byte> block, out int length) =>
        TryReadLength(block, out length, out _);

    /// <summary>Decodes a whole block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="into">Exactly as long as the block announces.</param>
    /// <returns>False when the block is malformed or does not give that many bytes.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> block, Span<byte> into)
    {
        if (!TryReadLength(block, out int length, out int at) || length != into.Length) return false;
        int to = 0;
        while (at < block.Length)
        {
            byte tag = block[at++];
            if ((tag & 3) == 0)
            {
                if (!TryReadLiteral(block, ref at, tag, into, ref to)) return false;
                continue;
            }
            if (!TryReadCopy(block, ref at, tag, out int count, out uint offset)) return false;
            if (offset == 0 || offset > (uint)to || count > into.Length - to) return false;
            Copy(into, to, (int)offset, count);
            to += count;
        }
        return to == into.Length;
    }

    /// <summary>Room that <see cref="Encode"/> may need for so many bytes.</summary>
    public static int MaxEncodedLength(int length) => 32 + length + length / 6;

    /// <summary>Encodes; looks for repetitions within 64 KiB, as the format's own encoder does.</summary>
    /// <param name="bytes">What to encode.</param>
    /// <param name="into">At least <see cref="MaxEncodedLength"/>.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Encode(ReadOnlySpan<byte> bytes, Span<byte> into)
    {
        int to = Varint.Write(into, (ulong)bytes.Length);
        Span<ushort> table = stackalloc ushort[1 << HashBits];
        for (int from = 0; from < bytes.Length; from += BlockBytes)
        {
            ReadOnlySpan<byte> block = bytes.Slice(from, Math.Min(BlockBytes, bytes.Length - from));
            table.Clear();
            to += EncodeBlock(block, into[to..], table);
        }
        return to;
    }

    private static bool TryReadLength(ReadOnlySpan<byte> block, out int length, out int at)
    {
        at = 0;
        length = 0;
        if (!Varint.TryRead(block, ref at, out ulong announced) || announced > int.MaxValue) return false;
        length = (int)announced;
        return true;
    }

    private static bool TryReadLiteral(ReadOnlySpan<byte> block, ref int at, byte tag, Span<byte> into, ref int to)
    {
        uint count = (uint)tag >> 2;
        if (count >= 60)
        {
            int bytes = (int)count - 59;
            if (bytes > block.Length - at) return false;
            count = 0;
            for (int i = 0; i < bytes; i++) count |= (uint)block[at++] << (8 * i);
        }
        if (count >= (uint)(block.Length - at) || count >= (uint)(into.Length - to)) return false;
        block.Slice(at, (int)count + 1).CopyTo(into[to..]);
        at += (int)count + 1;
        to += (int)count + 1;
        return true;
    }

    private static bool TryReadCopy(ReadOnlySpan<byte> block, ref int at, byte tag, out int count, out uint offset)
    {
        int bytes = (tag & 3) == 3 ? 4 : tag & 3;
        count = (tag & 3) == 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
        offset = 0;
        if (bytes > block.Length - at) return false;
        offset = bytes switch
        {
            1 => (uint)(tag >> 5) << 8 | block[at],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(block[at..]),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(block[at..]),
        };
        at += bytes;
        return true;
    }

    /// <summary>Copies what lies <paramref name="offset"/> bytes back; where that overlaps its target it repeats.
    /// </summary>
    private static void Copy(Span<byte> bytes, int to, int offset, int count)
    {
        while (count > offset)
        {
            bytes.Slice(to - offset, offset).CopyTo(bytes[to..]);
            to += offset;
            count -= offset;
            offset *= 2; // what was just written continues the pattern
        }
        bytes.Slice(to - offset, count).CopyTo(bytes[to..]);
    }

    private static int EncodeBlock(ReadOnlySpan<byte> block, Span<byte> into, Span<ushort> table)
    {
        int to = 0, literal = 0, at = 1;
        while (at < block.Length - InputMargin)
        {
            uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(block[at..]);
            ref ushort slot = ref table[(int)(bytes * 0x1e35a7bd >> (32 - HashBits))];
            int candidate = slot;
            slot = (ushort)at;
            if (BinaryPrimitives.ReadUInt32LittleEndian(block[candidate..]) != bytes || candidate >= at)
            {
                at += 1 + (at - literal) / 32; // faster through what does not repeat
                continue;
            }
            to += WriteLiteral(block[literal..at], into[to..]);
            int length = MinMatch +
                block[(at + MinMatch)..].CommonPrefixLength(block[(candidate + MinMatch)..]);
            to += WriteCopy(into[to..], at - candidate, length);
            at += length;
            literal = at;
        }
        return to + WriteLiteral(block[literal..], into[to..]);
    }

    private static int WriteLiteral(ReadOnlySpan<byte> bytes, Span<byte> into)
    {
        if (bytes.IsEmpty) return 0;
        int n = bytes.Length - 1, at = 1; // at most a block, so two bytes are enough
        if (n < 60) into[0] = (byte)(n << 2);
        else
        {
            into[0] = (byte)((n < 256 ? 60 : 61) << 2);
            into[at++] = (byte)n;
            if (n >= 256) into[at++] = (byte)(n >> 8);
        }
        bytes.CopyTo(into[at..]);
        return at + bytes.Length;
    }

    private static int WriteCopy(Span<byte> into, int offset, int length)
    {
        int to = 0;
        while (length > 0)
        {
            int count = Math.Min(length, MaxCopy);
            into[to] = (byte)((count - 1) << 2 | 2);
            BinaryPrimitives.WriteUInt16LittleEndian(into[(to + 1)..], (ushort)offset);
            to += 3;
            length -= count;
        }
        return to;
    }
}
