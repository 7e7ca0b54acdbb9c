using System;
using System.Linq;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public class ZstdDecoderTests
{
    private const uint Magic = 0xFD2FB528;

    /// <summary>A frame by hand (RFC 8878, section 3.1.1): a size of 4 bytes, raw and repeated blocks.</summary>
    internal static byte[] Frame(params (byte[] Bytes, int Times)[] blocks)
    {
        int size = blocks.Sum(static b => b.Bytes.Length * b.Times);
        byte[] header = [.. BitConverter.GetBytes(Magic), 0b1010_0000, .. BitConverter.GetBytes(size)];
        return [.. header, .. blocks.SelectMany((b, i) => Block(b.Bytes, b.Times, i == blocks.Length - 1))];
    }

    private static byte[] Block(byte[] bytes, int times, bool isLast)
    {
        bool isRepeated = times > 1; // then it is one byte
        int header = (isLast ? 1 : 0) | (isRepeated ? 2 : 0) | (isRepeated ? times : bytes.Length) << 3;
        return [.. BitConverter.GetBytes(header).AsSpan(0, 3), .. bytes];
    }

    private static byte[]? Decode(ZstdDecoder decoder, ReadOnlySpan<byte> packed, int roomBytes)
    {
        byte[] all = [], room = new byte[roomBytes];
        while (true)
        {
            if (!decoder.TryDecode(packed, room, out int taken, out int written)) return null;
            packed = packed[taken..];
            all = [.. all, .. room.AsSpan(0, written)];
            if (packed.IsEmpty && (decoder.IsAtEnd || written < room.Length)) return all;
        }
    }

    [ZstdTheory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public void FramesAreUnpackedPieceByPiece(int roomBytes)
    {
        using ZstdDecoder decoder = ZstdDecoder.TryCreate()!;
        byte[] frame = Frame(([1, 2, 3], 1), ([9], 500));
        byte[] expected = [1, 2, 3, .. Enumerable.Repeat((byte)9, 500)];
        Assert.Equal([.. expected, .. expected], Decode(decoder, [.. frame, .. frame], roomBytes)!);
        Assert.True(decoder.IsAtEnd);
        Assert.Equal(expected[..3], Decode(decoder, frame.AsSpan(0, frame.Length - 1), 1_000)!);
        Assert.False(decoder.IsAtEnd);
    }

    [ZstdTheory]
    [InlineData("00112233445566778899", false)]                 // no frame
    [InlineData("28B52FFD" + "00" + "A0" + "010000", true)]     // a window of 1 GiB
    [InlineData("28B52FFD" + "00" + "69" + "010000", true)]     // one of 9 MiB
    [InlineData("28B52FFD" + "A001008000" + "010000", true)]    // one of a content of 8 MiB and a byte
    [InlineData("28B52FFD" + "2003" + "070000", false)]         // a reserved type of block
    public void WhatIsNoZstdIsRefused(string packed, bool isWindowTooLarge)
    {
        using ZstdDecoder decoder = ZstdDecoder.TryCreate()!;
        Assert.Null(Decode(decoder, Convert.FromHexString(packed), 100));
        Assert.Equal(isWindowTooLarge, decoder.IsWindowTooLarge);
    }

    [ZstdTheory]
    [InlineData("00")] // 1 KiB
    [InlineData("68")] // 8 MiB
    public void WindowsOfUpToEightMebibytesAreTaken(string descriptor)
    {
        using ZstdDecoder decoder = ZstdDecoder.TryCreate()!;
        byte[] packed = Convert.FromHexString("28B52FFD" + "00" + descriptor + "090000" + "07");
        Assert.Equal([7], Decode(decoder, packed, 100)!);
        Assert.False(decoder.IsWindowTooLarge);
    }

    internal static string? Missing
    {
        get
        {
            using ZstdDecoder? decoder = ZstdDecoder.TryCreate();
            return decoder is null ? "needs libzstd" : null;
        }
    }

    private sealed class ZstdTheoryAttribute : TheoryAttribute
    {
        public ZstdTheoryAttribute() => Skip = Missing;
    }
}
