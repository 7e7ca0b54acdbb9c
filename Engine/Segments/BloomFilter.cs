using System;
using System.Buffers.Binary;
using Slungd.Native.Bits;

namespace Slungd.Engine.Segments;

/// <summary>
/// Says "surely not in here" of canonical keys: 10 bits and 7 probes a key, about 1 % false hits.
/// On disk: `u32 probes | u32 words | words x u64`. The hash is part of the format: CRC32C of the key, plus its length
/// in the high half, through MurmurHash3's 64-bit finalizer; probe i looks at bit (low + i x (high | 1)) scaled to the
/// size (Kirsch and Mitzenmacher, "Less Hashing, Same Performance").
/// </summary>
internal static class BloomFilter
{
    private const int BitsPerKey = 10;
    private const uint Probes = 7;
    private const int HeaderSize = 8;

    public static int SizeFor(int keys) => HeaderSize + WordsFor(keys) * 8;

    /// <summary>Makes an empty filter for this many keys.</summary>
    public static void Create(Span<byte> filter, int keys)
    {
        filter.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(filter, Probes);
        BinaryPrimitives.WriteUInt32LittleEndian(filter[4..], (uint)WordsFor(keys));
    }

    public static void Add(Span<byte> filter, ReadOnlySpan<byte> key)
    {
        Span<byte> bits = filter[HeaderSize..];
        (uint position, uint step) = Hash(key);
        for (uint i = 0; i < Probes; i++, position += step)
        {
            uint bit = Scale(position, bits.Length);
            bits[(int)(bit >> 3)] |= (byte)(1 << (int)(bit & 7));
        }
    }

    public static bool MayContain(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> bits = filter[HeaderSize..];
        (uint position, uint step) = Hash(key);
        for (uint i = 0; i < Probes; i++, position += step)
        {
            uint bit = Scale(position, bits.Length);
            if ((bits[(int)(bit >> 3)] & (1 << (int)(bit & 7))) == 0) return false;
        }
        return true;
    }

    /// <summary>True when the bytes have the shape of a filter for this many keys.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> filter, int keys) =>
        filter.Length == SizeFor(keys) &&
        BinaryPrimitives.ReadUInt32LittleEndian(filter) == Probes &&
        BinaryPrimitives.ReadUInt32LittleEndian(filter[4..]) == (uint)WordsFor(keys);

    private static int WordsFor(int keys) => Math.Max(1, (int)(((long)keys * BitsPerKey + 63) / 64));

    private static (uint Position, uint Step) Hash(ReadOnlySpan<byte> key)
    {
        ulong hash = Crc32C.Of(key) + ((ulong)key.Length << 32);
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccd;
        hash ^= hash >> 33;
        hash *= 0xc4ceb9fe1a85ec53;
        hash ^= hash >> 33;
        return ((uint)hash, (uint)(hash >> 32) | 1);
    }

    private static uint Scale(uint position, int bytes) => (uint)(((ulong)position * ((ulong)bytes * 8)) >> 32);
}
