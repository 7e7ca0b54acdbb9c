using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Slungd.Native.Bits;

/// <summary>A fast 64-bit hash for tables in memory, never for disk or wire: its values may differ between versions and
/// byte orders. Built on 64 x 64 -> 128 bit multiplication with both halves xored together; the multiplications of one
/// key do not wait for each other but for the last. A table that strangers fill takes a random seed at start, so that
/// nobody can choose keys that collide.</summary>
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
        seed ^= K2; // so that no factor is zero for bytes of zero
        ulong mixed;
        if (length > 64) mixed = FoldLong(ref first, length, seed);
        else if (length > 32) mixed = Fold32(ref first, 0, seed) + Fold32(ref first, length - 32, ~seed);
        else if (length > 16) mixed = Fold16(ref first, 0, K0, seed) + Fold16(ref first, length - 16, K1, seed);
        else mixed = FoldShort(ref first, length, seed);
        return Fold(mixed ^ K0, length ^ seed ^ K3);
    }

    /// <summary>The hash of one number.</summary>
    public static ulong Of(ulong value, ulong seed = 0) => Fold(Fold(value ^ K2, seed ^ K0) ^ K3, value ^ seed ^ K1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong FoldShort(ref byte first, nuint length, ulong seed)
    {
        if (length >= 8) return Fold(Load64(ref first, 0) ^ K0, Load64(ref first, length - 8) ^ K1 ^ seed);
        if (length >= 4) return Fold(Load32(ref first, 0) ^ K0, Load32(ref first, length - 4) ^ K1 ^ seed);
        if (length == 0) return 0;
        // First, middle and last byte: all there are.
        uint all = (uint)first << 16 | (uint)Byte(ref first, length >> 1) << 8 | Byte(ref first, length - 1);
        return Fold(all ^ K0, K1 ^ seed);
    }

    /// <summary>Blocks of 64 bytes in four lanes, then the last 64, of which the blocks may have seen some.</summary>
    private static ulong FoldLong(ref byte first, nuint length, ulong seed)
    {
        ulong a = seed, b = seed, c = seed, d = seed;
        for (nuint at = 0; length - at > 64; at += 64)
        {
            a = Fold16(ref first, at, K0, a);
            b = Fold16(ref first, at + 16, K1, b);
            c = Fold16(ref first, at + 32, ~K0, c);
            d = Fold16(ref first, at + 48, K3, d);
        }
        seed = (a ^ b) + (c ^ d);
        return Fold32(ref first, length - 64, seed) + Fold32(ref first, length - 32, ~seed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold32(ref byte first, nuint at, ulong seed) =>
        Fold16(ref first, at, K0, seed) ^ Fold16(ref first, at + 16, K1, seed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold16(ref byte first, nuint at, ulong key, ulong seed) =>
        Fold(Load64(ref first, at) ^ key, Load64(ref first, at + 8) ^ seed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        // Math.BigMul would send the low half through memory here.
        if (Bmi2.X64.IsSupported) return Bmi2.X64.MultiplyNoFlags(a, b) ^ a * b;
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
