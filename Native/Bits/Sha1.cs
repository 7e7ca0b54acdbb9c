using System;
using System.Buffers.Binary;
using System.Numerics;
using Slungd.Native.Checks;

namespace Slungd.Native.Bits;

/// <summary>SHA-1 (FIPS 180-4, section 6.1) for the WebSocket handshake, so that a plain connection never loads
/// OpenSSL, and for telling sets of series apart. Not for anything that must withstand an attacker.</summary>
internal static class Sha1
{
    public const int HashLength = 20;

    /// <summary>Writes the hash of <paramref name="data"/> to the first 20 bytes of <paramref name="hash"/>.</summary>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        Invariant.Check(hash.Length >= HashLength);
        Span<uint> state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
        ShaBlocks.Hash(data, state, AddBlock, hash);
    }

    private static void AddBlock(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[80];
        for (int t = 0; t < 16; t++) words[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
        for (int t = 16; t < 80; t++)
            words[t] = BitOperations.RotateLeft(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);

        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (int t = 0; t < 80; t++)
        {
            uint mixed = t switch
            {
                < 20 => (b & c | ~b & d) + 0x5a827999,
                < 40 => (b ^ c ^ d) + 0x6ed9eba1,
                < 60 => (b & c | b & d | c & d) + 0x8f1bbcdc,
                _ => (b ^ c ^ d) + 0xca62c1d6,
            };
            uint next = BitOperations.RotateLeft(a, 5) + mixed + e + words[t];
            e = d;
            d = c;
            c = BitOperations.RotateLeft(b, 30);
            b = a;
            a = next;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
    }
}
