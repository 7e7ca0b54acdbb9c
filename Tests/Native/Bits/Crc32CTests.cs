using System;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Native.Bits;
using Xunit;

namespace Slungd.Tests.NativeBits;

public class Crc32CTests
{
    /// <summary>Bit by bit, straight from the polynomial.</summary>
    private static uint Slow(ReadOnlySpan<byte> data)
    {
        uint register = uint.MaxValue;
        foreach (byte one in data)
        {
            register ^= one;
            for (int bit = 0; bit < 8; bit++) register = register >> 1 ^ ((register & 1) != 0 ? 0x82f63b78 : 0);
        }
        return ~register;
    }

    [Fact]
    public void KnownVectors()
    {
        // RFC 3720, appendix B.4, and the usual check value.
        var buffer = new byte[32];
        Assert.Equal(0x8a9136aau, Crc32C.Of(buffer));
        Array.Fill(buffer, (byte)0xff);
        Assert.Equal(0x62a8ab43u, Crc32C.Of(buffer));
        for (int i = 0; i < 32; i++) buffer[i] = (byte)i;
        Assert.Equal(0x46dd794eu, Crc32C.Of(buffer));
        for (int i = 0; i < 32; i++) buffer[i] = (byte)(31 - i);
        Assert.Equal(0x113fdb5cu, Crc32C.Of(buffer));
        Assert.Equal(0xe3069283u, Crc32C.Of(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0u, Crc32C.Of(default));
    }

    [Fact]
    public void EqualsTheSlowOneAtEveryLengthAndOffset()
    {
        var data = new byte[8200];
        new Random(7).NextBytes(data);
        for (int length = 0; length < 900; length++)
        {
            ReadOnlySpan<byte> part = data.AsSpan(length % 9, length);
            Assert.Equal(Slow(part), Crc32C.Of(part));
        }
        foreach (int length in new[] { 3 * 1024 - 1, 3 * 1024, 3 * 1024 + 385, 6 * 1024 + 7, 8192 })
            Assert.Equal(Slow(data.AsSpan(3, length)), Crc32C.Of(data.AsSpan(3, length)));
    }

    [Fact]
    public void AppendGoesOnFromAnySplit() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<byte[]>(), (head, tail) =>
        {
            byte[] whole = [.. head, .. tail];
            return Crc32C.Append(Crc32C.Of(head), tail) == Crc32C.Of(whole);
        }).QuickCheckThrowOnFailure();
}
