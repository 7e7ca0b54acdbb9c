using System;
using System.Buffers.Binary;
using System.Numerics;
using Slungd.Native.Bits;

namespace Slungd.Engine.Wal;

/// <summary>`varint body length | u16 check | u32 crc32c`, in front of each body. Check and checksum start from the
/// file's number and the frame's place, so that no frame of a former life of the file, or from elsewhere, passes for
/// one of this. The check alone tells nearly always whether there is a header at all: that makes searching
/// cheap.</summary>
internal static class FrameHeader
{
    /// <summary>The most bytes a header takes.</summary>
    public const int MaxBytes = 5 + sizeof(ushort) + sizeof(uint);

    /// <summary>Bytes of the header of a body of this length.</summary>
    public static int SizeFor(int bodyLength) => Varint.LengthOf((uint)bodyLength) + sizeof(ushort) + sizeof(uint);

    /// <summary>Writes the header that ends where the body begins; returns its length.</summary>
    /// <param name="frame">Room for the header, directly followed by the body.</param>
    /// <param name="bodyLength">The body is the end of <paramref name="frame"/>.</param>
    /// <param name="number">The file's.</param>
    /// <param name="offset">Where the header will lie in the file.</param>
    public static int Write(Span<byte> frame, int bodyLength, ulong number, long offset)
    {
        uint seed = Seed(number, offset, bodyLength);
        int size = SizeFor(bodyLength);
        Span<byte> header = frame[(frame.Length - bodyLength - size)..];
        int at = Varint.Write(header, (uint)bodyLength);
        BinaryPrimitives.WriteUInt16LittleEndian(header[at..], Check(seed));
        uint checksum = Crc32C.Append(seed, frame[^bodyLength..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[(at + sizeof(ushort))..], checksum);
        return size;
    }

    /// <summary>Reads a header that may be there. False when there is none for sure; true does not say yet that the
    /// body is sound.</summary>
    /// <param name="from">The file's bytes from <paramref name="offset"/> on.</param>
    /// <param name="number">The file's.</param>
    /// <param name="offset">The header's place.</param>
    /// <param name="size">The header's length.</param>
    /// <param name="bodyLength">At least 1.</param>
    public static bool TryRead(ReadOnlySpan<byte> from, ulong number, long offset, out int size, out int bodyLength)
    {
        size = bodyLength = 0;
        int at = 0;
        if (!Varint.TryRead(from, ref at, out ulong length) || length is 0 or > LogFormat.MaxBodyBytes) return false;
        bodyLength = (int)length;
        size = SizeFor(bodyLength);
        if (at != size - sizeof(ushort) - sizeof(uint) || from.Length < size) return false;
        return BinaryPrimitives.ReadUInt16LittleEndian(from[at..]) == Check(Seed(number, offset, bodyLength));
    }

    /// <summary>True when the frame, header and body, is as it was written.</summary>
    public static bool IsSound(ReadOnlySpan<byte> frame, int size, ulong number, long offset)
    {
        ReadOnlySpan<byte> body = frame[size..];
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(frame[(size - sizeof(uint))..]);
        return Crc32C.Append(Seed(number, offset, body.Length), body) == checksum;
    }

    private static uint Seed(ulong number, long offset, int length)
    {
        uint register = BitOperations.Crc32C(uint.MaxValue, number);
        register = BitOperations.Crc32C(register, (ulong)offset);
        return ~BitOperations.Crc32C(register, (uint)length);
    }

    private static ushort Check(uint seed) => (ushort)(seed ^ seed >> 16);
}
