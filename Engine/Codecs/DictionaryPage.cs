using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>Few distinct floats that are no decimals: id, u8 how many less one, 8 bytes each, then each value's index
/// in that list, packed in as many bits as the greatest index needs (<see cref="BitPacking"/>).</summary>
[SkipLocalsInit] // buffers on the stack are written before they are read
internal static class DictionaryPage
{
    private const int MaxEntries = 256;
    private const int TableLength = 1024;
    private const int HeaderLength = 2;

    /// <summary>False when there are too many distinct values, or it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(ReadOnlySpan<ulong> values, Span<long> scratch, Span<byte> to, out int length)
    {
        length = 0;
        // Open addressing: an entry's index + 1 in the slot its hash leads to, or the next free one; never over a
        // quarter full.
        Span<ushort> table = stackalloc ushort[TableLength];
        table.Clear();
        Span<ulong> entries = stackalloc ulong[MaxEntries];
        int count = 0, limit = Math.Min(MaxEntries, (to.Length - HeaderLength) / sizeof(ulong));
        for (int i = 0; i < values.Length; i++)
        {
            ulong value = values[i];
            int slot = (int)(Hash64.Of(value) % TableLength);
            while (table[slot] != 0 && entries[table[slot] - 1] != value) slot = (slot + 1) % TableLength;
            if (table[slot] == 0)
            {
                if (count == limit) return false;
                entries[count++] = value;
                table[slot] = (ushort)count;
            }
            scratch[i] = table[slot] - 1;
        }
        int width = WidthOf(count), at = HeaderLength + count * sizeof(ulong);
        int packedLength = BitPacking.SizeOf(values.Length, width);
        if (packedLength > to.Length - at) return false;
        to[0] = (byte)PageEncoding.ValuesDictionary;
        to[1] = (byte)(count - 1);
        Reinterpret.AsBytes(entries[..count]).CopyTo(to[HeaderLength..]);
        BitPacking.Pack(scratch[..values.Length], 0, width, to.Slice(at, packedLength));
        length = at + packedLength;
        return true;
    }

    public static bool TryDecode(ReadOnlySpan<byte> body, Span<ulong> into)
    {
        if (body.IsEmpty) return false;
        int count = body[0] + 1, width = WidthOf(count), at = 1 + count * sizeof(ulong);
        if (body.Length != at + BitPacking.SizeOf(into.Length, width)) return false;
        BitPacking.Unpack(body[at..], 0, width, Reinterpret.AsInt64(into));
        ReadOnlySpan<byte> entries = body[1..at];
        foreach (ref ulong value in into)
        {
            if (value >= (ulong)count) return false;
            value = BinaryPrimitives.ReadUInt64LittleEndian(entries[((int)value * sizeof(ulong))..]);
        }
        return true;
    }

    private static int WidthOf(int count) => BitOperations.Log2((uint)count * 2 - 1);
}
