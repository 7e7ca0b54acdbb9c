using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slungd.Native.Bits;

/// <summary>A fast 64-bit hash for tables in memory, never for disk or wire: its values may differ between versions and
/// byte orders. Built on 64 x 64 -> 128 bit multiplication with both halves xored together. A table that strangers fill
/// takes a random seed at start, so that nobody can choose keys that collide.</summary>
internal static class Hash64
{
    // Numbers without a pattern: digits of the square roots of 2, 3, 5 and 7, made odd.
    private const ulong K0 = 0x6a09e667f3bcc909;
    private const ulong K1 = 0xbb67ae8584caa73b;
    private const ulong K2 = 0x3c6ef372fe94f82b;
    private const ulong K3 = 0xa54ff53a5f1d36f1;

    /// <summary>The hash of <paramref name="data"/>; every bit is as good as any other.</summary>
    public static ulong Of(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        ref byte first = ref MemoryMarshal.GetReference(data);
        nuint length = (nuint)data.Length;
        ulong state = seed ^ Fold(seed ^ K0, length ^ K1);
        ulong a, b;
        if (length > 16)
        {
            state = FoldLong(ref first, length, state);
            a = Load64(ref first, length - 16);
            b = Load64(ref first, length - 8);
        }
        else if (length >= 8)
        {
            a = Load64(ref first, 0);
            b = Load64(ref first, length - 8);
        }
        else if (length >= 4)
        {
            a = Load32(ref first, 0);
            b = Load32(ref first, length - 4);
        }
        else
        {
            // First, middle and last byte: all there are.
            a = 0;
            b = 0;
            uint middle = length == 0 ? 0u : Byte(ref first, length >> 1);
            if (length != 0) a = (uint)first << 16 | middle << 8 | Byte(ref first, length - 1);
        }
        return Fold(Fold(a ^ K2, b ^ state) ^ K3, state ^ K1);
    }

    /// <summary>The hash of one number.</summary>
    public static ulong Of(ulong value, ulong seed = 0) => Fold(Fold(value ^ K2, seed ^ K0) ^ K3, value ^ seed ^ K1);

    /// <summary>Everything but the last 16 bytes, which the caller reads again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong FoldLong(ref byte first, nuint length, ulong state)
    {
        nuint at = 0;
        if (length > 48)
        {
            ulong second = state, third = state;
            do
            {
                state = Fold(Load64(ref first, at) ^ K1, Load64(ref first, at + 8) ^ state);
                second = Fold(Load64(ref first, at + 16) ^ K2, Load64(ref first, at + 24) ^ second);
                third = Fold(Load64(ref first, at + 32) ^ K3, Load64(ref first, at + 40) ^ third);
                at += 48;
            }
            while (length - at > 48);
            state ^= second ^ third;
        }
        for (; length - at > 16; at += 16) state = Fold(Load64(ref first, at) ^ K1, Load64(ref first, at + 8) ^ state);
        return state;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load64(ref byte first, nuint offset) =>
        Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref first, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Load32(ref byte first, nuint offset) =>
        Unsafe.ReadUnaligned<uint>(ref Unsafe.AddByteOffset(ref first, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Byte(ref byte first, nuint offset) => Unsafe.AddByteOffset(ref first, offset);
}
