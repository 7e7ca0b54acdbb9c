using System;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Native.Bits;
using Xunit;

namespace Slungd.Tests.NativeBits;

public class VarintTests
{
    [Theory]
    [InlineData(0ul, new byte[] { 0 })]
    [InlineData(127ul, new byte[] { 0x7f })]
    [InlineData(128ul, new byte[] { 0x80, 0x01 })]
    [InlineData(300ul, new byte[] { 0xac, 0x02 })]
    [InlineData(ulong.MaxValue, new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 })]
    public void KnownBytes(ulong value, byte[] bytes)
    {
        var buffer = new byte[Varint.MaxLength];
        Assert.Equal(bytes, buffer[..Varint.Write(buffer, value)]);
        Assert.Equal(bytes.Length, Varint.LengthOf(value));
        int at = 0;
        Assert.True(Varint.TryRead(bytes, ref at, out ulong back));
        Assert.Equal(value, back);
        Assert.Equal(bytes.Length, at);
    }

    [Theory]
    [InlineData(0L, 0ul)]
    [InlineData(-1L, 1ul)]
    [InlineData(1L, 2ul)]
    [InlineData(long.MaxValue, ulong.MaxValue - 1)]
    [InlineData(long.MinValue, ulong.MaxValue)]
    public void ZigZagOrder(long value, ulong bits)
    {
        Assert.Equal(bits, Varint.ZigZag(value));
        Assert.Equal(value, Varint.UnZigZag(bits));
    }

    [Fact]
    public void AWordHasUpToEightBytesAndAnyOthersBehind()
    {
        Span<byte> buffer = stackalloc byte[2 * Varint.MaxLength];
        for (int bits = 0; bits <= 64; bits++)
        {
            ulong expected = bits == 0 ? 0 : 0xb5b5b5b5b5b5b5b5 >> 64 - bits;
            foreach (byte behind in new byte[] { 0, 0x7f, 0x80, 0xff })
            {
                buffer.Fill(behind);
                int length = Varint.Write(buffer, expected);
                int taken = Varint.TryDecode(BitConverter.ToUInt64(buffer), out ulong value);
                Assert.Equal(bits <= 56 ? (length, expected) : (0, 0ul), (taken, value));
            }
        }
    }

    [Fact]
    public void EveryBitLengthRoundTrips()
    {
        Span<byte> buffer = stackalloc byte[Varint.MaxLength];
        for (int bits = 0; bits <= 64; bits++)
        {
            ulong top = bits == 0 ? 0 : ulong.MaxValue >> 64 - bits;
            foreach (ulong value in new[] { top, top / 2 + 1, top / 3 })
            {
                int length = Varint.Write(buffer, value);
                Assert.Equal(Varint.LengthOf(value), length);
                int at = 0;
                Assert.True(Varint.TryRead(buffer[..length], ref at, out ulong back));
                Assert.Equal(value, back);
                for (int cut = 0; cut < length; cut++)
                {
                    at = 0;
                    Assert.False(Varint.TryRead(buffer[..cut], ref at, out _));
                    Assert.Equal(0, at);
                }
            }
        }
    }

    [Fact]
    public void SignedRoundTrips() => Prop.ForAll(ArbMap.Default.ArbFor<long>(), value =>
    {
        var buffer = new byte[Varint.MaxLength];
        int length = Varint.WriteSigned(buffer, value), at = 0;
        return Varint.TryReadSigned(buffer, ref at, out long back) && back == value && at == length;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void RefusesMoreThan64Bits()
    {
        int at = 0;
        Assert.False(Varint.TryRead([255, 255, 255, 255, 255, 255, 255, 255, 255, 2], ref at, out _));
        Assert.False(Varint.TryRead([255, 255, 255, 255, 255, 255, 255, 255, 255, 0x81, 0], ref at, out _));
        Assert.Equal(0, at);
        at = 12;
        Assert.False(Varint.TryRead([1, 2, 3], ref at, out _));
        at = -1;
        Assert.False(Varint.TryRead([1, 2, 3], ref at, out _));
    }

    [Fact]
    public void AcceptsPaddingByZeroGroups()
    {
        int at = 0;
        Assert.True(Varint.TryRead([0x85, 0x80, 0], ref at, out ulong value));
        Assert.Equal(5ul, value);
        Assert.Equal(3, at);
    }
}
