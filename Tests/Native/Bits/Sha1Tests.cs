using System;
using System.Security.Cryptography;
using System.Text;
using Slungd.Native.Bits;
using Xunit;

namespace Slungd.Tests.NativeBits;

public class Sha1Tests
{
    private static string Hex(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Sha1.HashLength];
        Sha1.Hash(data, hash);
        return Convert.ToHexStringLower(hash);
    }

    [Theory] // FIPS 180-4 examples
    [InlineData("abc", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("", "da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1")]
    public void KnownVectors(string text, string hash) => Assert.Equal(hash, Hex(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void AMillionTimesA()
    {
        var data = new byte[1_000_000];
        Array.Fill(data, (byte)'a');
        Assert.Equal("34aa973cd4c4daa4f61eeb2bdbad27316534016f", Hex(data));
    }

    [Fact]
    public void TheHandshakeOfRfc6455Section1Point3()
    {
        var hash = new byte[Sha1.HashLength];
        Sha1.Hash("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8, hash);
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", Convert.ToBase64String(hash));
    }

    [Fact]
    public void EveryPaddingLengthEqualsTheFramework()
    {
        var data = new byte[200];
        new Random(1).NextBytes(data);
        for (int length = 0; length <= data.Length; length++)
            Assert.Equal(Convert.ToHexStringLower(SHA1.HashData(data.AsSpan(0, length))), Hex(data.AsSpan(0, length)));
    }
}
