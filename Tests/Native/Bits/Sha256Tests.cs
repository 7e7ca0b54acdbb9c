using System;
using System.Security.Cryptography;
using System.Text;
using Slungd.Native.Bits;
using Xunit;

namespace Slungd.Tests.NativeBits;

public class Sha256Tests
{
    [Theory] // FIPS 180-4 examples
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void KnownVectors(string text, string hash) => Assert.Equal(hash, Hex(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void EveryLengthAsTheFramework()
    {
        var data = new byte[300];
        new Random(1).NextBytes(data);
        for (int length = 0; length <= data.Length; length++)
        {
            ReadOnlySpan<byte> part = data.AsSpan(0, length);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(part)), Hex(part));
        }
    }

    private static string Hex(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Sha256.HashLength];
        Sha256.Hash(data, hash);
        return Convert.ToHexStringLower(hash);
    }
}
