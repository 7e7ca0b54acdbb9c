using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Slungd.Native.Simd;

// Contract: touches exactly the bytes of the span it is given; no alignment is needed. The tail is the last whole
// vector of the data, loaded before anything is stored: it overlaps its predecessor instead of looping over bytes.

/// <summary>XORs bytes with a repeating four-byte key in place: the masking of WebSocket (RFC 6455, section 5.3).
/// The key is the four bytes on the wire read as a little-endian number.</summary>
internal static class XorMask
{
    /// <summary>The key as it applies <paramref name="count"/> bytes further on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Advance(uint key, int count) => BitOperations.RotateRight(key, count << 3);

    /// <summary>Masks or unmasks <paramref name="data"/>, whose first byte meets the key's low byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply(Span<byte> data, uint key)
    {
        ref byte start = ref MemoryMarshal.GetReference(data);
        int length = data.Length;
        if (length > Vector256<byte>.Count * 2) ApplyLong(ref start, length, key);
        else if (length >= Vector128<byte>.Count) ApplyMiddle(ref start, length, key);
        else ApplyShort(ref start, length, key);
    }

    private static void ApplyLong(ref byte start, int length, uint key)
    {
        if (Vector512.IsHardwareAccelerated) Apply512(ref start, length, key);
        else Apply256(ref start, length, key);
    }

    private static void Apply512(ref byte start, int length, uint key)
    {
        int last = length - Vector512<byte>.Count;
        Vector512<byte> mask = Vector512.Create(key).AsByte();
        Vector512<byte> tailMask = Vector512.Create(Advance(key, last)).AsByte();
        Vector512<byte> tail = Vector512.LoadUnsafe(ref start, (nuint)last) ^ tailMask;
        nuint i = 0;
        for (; (nint)i < last; i += (nuint)Vector512<byte>.Count)
            (Vector512.LoadUnsafe(ref start, i) ^ mask).StoreUnsafe(ref start, i);
        tail.StoreUnsafe(ref start, (nuint)last);
    }

    private static void Apply256(ref byte start, int length, uint key)
    {
        int last = length - Vector256<byte>.Count;
        Vector256<byte> mask = Vector256.Create(key).AsByte();
        Vector256<byte> tailMask = Vector256.Create(Advance(key, last)).AsByte();
        Vector256<byte> tail = Vector256.LoadUnsafe(ref start, (nuint)last) ^ tailMask;
        nuint i = 0;
        for (; (nint)i < last; i += (nuint)Vector256<byte>.Count)
            (Vector256.LoadUnsafe(ref start, i) ^ mask).StoreUnsafe(ref start, i);
        tail.StoreUnsafe(ref start, (nuint)last);
    }

    // 16 to 64 bytes: one vector from the front and one from the back cover them, overlapping in the middle.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ApplyMiddle(ref byte start, int length, uint key)
    {
        if (length >= Vector256<byte>.Count)
        {
            int last = length - Vector256<byte>.Count;
            Vector256<byte> tailMask = Vector256.Create(Advance(key, last)).AsByte();
            Vector256<byte> tail = Vector256.LoadUnsafe(ref start, (nuint)last) ^ tailMask;
            (Vector256.LoadUnsafe(ref start) ^ Vector256.Create(key).AsByte()).StoreUnsafe(ref start);
            tail.StoreUnsafe(ref start, (nuint)last);
        }
        else
        {
            int last = length - Vector128<byte>.Count;
            Vector128<byte> tailMask = Vector128.Create(Advance(key, last)).AsByte();
            Vector128<byte> tail = Vector128.LoadUnsafe(ref start, (nuint)last) ^ tailMask;
            (Vector128.LoadUnsafe(ref start) ^ Vector128.Create(key).AsByte()).StoreUnsafe(ref start);
            tail.StoreUnsafe(ref start, (nuint)last);
        }
    }

    private static void ApplyShort(ref byte start, int length, uint key)
    {
        int i = 0;
        for (; i + sizeof(uint) <= length; i += sizeof(uint))
        {
            ref byte at = ref Unsafe.Add(ref start, i);
            Unsafe.WriteUnaligned(ref at, Unsafe.ReadUnaligned<uint>(ref at) ^ key);
        }
        for (; i < length; i++)
        {
            Unsafe.Add(ref start, i) ^= (byte)key;
            key = Advance(key, 1);
        }
    }
}
