using System;
using System.Buffers.Binary;

namespace Slungd.Native.Bits;

/// <summary>What SHA-1 and SHA-256 share: a message is cut into blocks of 64 bytes, padded with its length, and the
/// hash is the state after the last block (FIPS 180-4, sections 5.1.1 and 5.2.1).</summary>
internal static class ShaBlocks
{
    private const int Length = 64;

    /// <summary>Takes a block's 64 bytes, the first of <paramref name="block"/>, into the state.</summary>
    public delegate void Taker(Span<uint> state, ReadOnlySpan<byte> block);

    /// <summary>Writes the hash of <paramref name="data"/> to the front of <paramref name="hash"/>.</summary>
    /// <param name="data">The whole message.</param>
    /// <param name="state">As it is at first.</param>
    /// <param name="take">Knows the algorithm.</param>
    /// <param name="hash">Four bytes for each word of the state.</param>
    public static void Hash(ReadOnlySpan<byte> data, Span<uint> state, Taker take, Span<byte> hash)
    {
        ulong bitCount = (ulong)data.Length * 8;
        for (; data.Length >= Length; data = data[Length..]) take(state, data);

        // The rest, a one bit, zeros, and the length in bits: one block or two.
        Span<byte> tail = stackalloc byte[2 * Length];
        tail.Clear();
        data.CopyTo(tail);
        tail[data.Length] = 0x80;
        int length = data.Length < Length - sizeof(ulong) ? Length : 2 * Length;
        BinaryPrimitives.WriteUInt64BigEndian(tail[(length - sizeof(ulong))..], bitCount);
        for (int at = 0; at < length; at += Length) take(state, tail[at..]);

        for (int i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(hash[(4 * i)..], state[i]);
    }
}
