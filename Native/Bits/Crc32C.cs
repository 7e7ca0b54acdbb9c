using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.CompilerServices;

namespace Slungd.Native.Bits;

/// <summary>CRC-32C (Castagnoli, reflected polynomial 0x82f63b78, RFC 3720 section 12.1), the check of every
/// structure on disk. Uses the CPU's instruction where there is one (SSE4.2, Armv8 CRC), else tables of the
/// framework. Three independent streams hide the instruction's latency of three cycles on long inputs.</summary>
internal static class Crc32C
{
    private const int LongStride = 1024;
    private const int ShortStride = 128;

    // Shift[k][b]: the register b << 8k after a stride of zero bytes. Combining streams needs nothing else.
    private static readonly uint[] s_longShift = BuildShift(LongStride);
    private static readonly uint[] s_shortShift = BuildShift(ShortStride);

    /// <summary>The CRC of <paramref name="data"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Goes on from the CRC of what came before (0 at the start): Append(Of(a), b) == Of(a + b).</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        uint register = ~crc;
        if (data.Length >= 3 * LongStride) register = Interleaved(register, ref data, LongStride, s_longShift);
        if (data.Length >= 3 * ShortStride) register = Interleaved(register, ref data, ShortStride, s_shortShift);

        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        for (int i = 0; i < words.Length; i++) register = BitOperations.Crc32C(register, Little(words[i]));
        for (int i = words.Length * sizeof(ulong); i < data.Length; i++)
            register = BitOperations.Crc32C(register, data[i]);
        return ~register;
    }

    /// <summary>Consumes whole groups of three strides.</summary>
    private static uint Interleaved(uint register, ref ReadOnlySpan<byte> data, int stride, uint[] shift)
    {
        int words = stride / sizeof(ulong);
        uint a = register;
        while (data.Length >= 3 * stride)
        {
            uint b = 0, c = 0;
            ref byte first = ref MemoryMarshal.GetReference(data);
            for (int i = 0; i < words; i++)
            {
                a = BitOperations.Crc32C(a, Load(ref first, i * sizeof(ulong)));
                b = BitOperations.Crc32C(b, Load(ref first, i * sizeof(ulong) + stride));
                c = BitOperations.Crc32C(c, Load(ref first, i * sizeof(ulong) + 2 * stride));
            }
            a = Shift(shift, Shift(shift, a) ^ b) ^ c;
            data = data[(3 * stride)..];
        }
        return a;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(ref byte first, int offset) =>
        Little(Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref first, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Little(ulong word) =>
        BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);

    private static uint Shift(uint[] table, uint register) =>
        table[register & 0xff] ^ table[0x100 + (register >> 8 & 0xff)]
        ^ table[0x200 + (register >> 16 & 0xff)] ^ table[0x300 + (register >> 24)];

    private static uint[] BuildShift(int stride)
    {
        Span<uint> ofBit = stackalloc uint[32];
        for (int bit = 0; bit < 32; bit++)
        {
            uint register = 1u << bit;
            for (int i = 0; i < stride; i += sizeof(ulong)) register = BitOperations.Crc32C(register, 0ul);
            ofBit[bit] = register;
        }
        var table = new uint[4 * 256];
        for (int i = 0; i < table.Length; i++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                if ((i >> bit & 1) != 0) table[i] ^= ofBit[(i >> 8) * 8 + bit];
            }
        }
        return table;
    }
}
