using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Slungd.Native.Bits;

/// <summary>LEB128: 7 bits a byte, low bits first, the top bit set on all bytes but the last. Signed numbers go
/// through zigzag first (0, -1, 1, -2 ... become 0, 1, 2, 3 ...).</summary>
internal static class Varint
{
    /// <summary>Bytes that any 64-bit value fits in.</summary>
    public const int MaxLength = 10;

    /// <summary>How many bytes <see cref="Write"/> needs.</summary>
    public static int LengthOf(ulong value) => (BitOperations.Log2(value | 1) * 9 + 73) / 64;

    /// <summary>Writes at the start of <paramref name="to"/>, which has room, and returns the length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Write(Span<byte> to, ulong value)
    {
        int length = 0;
        while (value >= 0x80)
        {
            to[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        to[length++] = (byte)value;
        return length;
    }

    /// <summary>As <see cref="Write"/>, zigzag.</summary>
    public static int WriteSigned(Span<byte> to, long value) => Write(to, ZigZag(value));

    /// <summary>Reads at <paramref name="at"/> and moves it past the value. False, with <paramref name="at"/> where it
    /// was, when the input ends inside the value or the value has more than 64 bits. Padding by zero groups is
    /// accepted within ten bytes, as protobuf demands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> from, ref int at, out ulong value)
    {
        if ((uint)at < (uint)from.Length && from[at] < 0x80)
        {
            value = from[at++];
            return true;
        }
        return TryReadLong(from, ref at, out value);
    }

    /// <summary>Decodes the value at the start of eight bytes; returns its length, 0 when it is longer.</summary>
    /// <param name="word">The bytes, the first one lowest.</param>
    /// <param name="value">0 when it is longer.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int TryDecode(ulong word, out ulong value)
    {
        ulong ends = ~word & 0x8080808080808080;
        int last = BitOperations.TrailingZeroCount(ends); // the top bit of the last byte; 64: there is none
        word &= ends == 0 ? 0 : ulong.MaxValue >> 63 - last;
        // Groups of 7 bits move together: by twos, by fours, by eights.
        word = word & 0x007f007f007f007f | (word & 0x7f007f007f007f00) >> 1;
        word = word & 0x00003fff00003fff | (word & 0x3fff00003fff0000) >> 2;
        value = word & 0x000000000fffffff | (word & 0x0fffffff00000000) >> 4;
        return ends == 0 ? 0 : (last >> 3) + 1;
    }

    /// <summary>As <see cref="TryRead"/>, zigzag.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadSigned(ReadOnlySpan<byte> from, ref int at, out long value)
    {
        bool read = TryRead(from, ref at, out ulong bits);
        value = UnZigZag(bits);
        return read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ZigZag(long value) => (ulong)(value << 1) ^ (ulong)(value >> 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long UnZigZag(ulong bits) => (long)(bits >> 1) ^ -(long)(bits & 1);

    private static bool TryReadLong(ReadOnlySpan<byte> from, ref int at, out ulong value)
    {
        value = 0;
        if ((uint)at > (uint)from.Length) return false;
        ReadOnlySpan<byte> bytes = from[at..];
        if (bytes.Length >= sizeof(ulong))
        {
            int length = TryDecode(BinaryPrimitives.ReadUInt64LittleEndian(bytes), out value);
            at += length;
            if (length > 0) return true;
        }
        for (int i = 0; i < bytes.Length && i < MaxLength; i++)
        {
            byte part = bytes[i];
            if (i == MaxLength - 1 && part > 1) break;
            value |= (ulong)(part & 0x7f) << 7 * i;
            if (part >= 0x80) continue;
            at += i + 1;
            return true;
        }
        value = 0;
        return false;
    }
}
