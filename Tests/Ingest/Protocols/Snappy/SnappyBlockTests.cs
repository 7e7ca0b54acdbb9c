using System;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Ingest.Protocols.Snappy;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Snappy;

public class SnappyBlockTests
{
    private static byte[]? Decode(byte[] block)
    {
        if (!SnappyBlock.TryReadLength(block, out int length) || length > 1 << 24) return null;
        byte[] into = new byte[length];
        return SnappyBlock.TryDecode(block, into) ? into : null;
    }

    private static byte[] Encode(byte[] bytes)
    {
        byte[] into = new byte[SnappyBlock.MaxEncodedLength(bytes.Length)];
        return into[..SnappyBlock.Encode(bytes, into)];
    }

    /// <summary>Each kind of element, made by hand from the format's description.</summary>
    [Theory]
    [InlineData("00", "")]
    [InlineData("0308616263", "abc")]
    [InlineData("0408616263", null)] // less than announced
    [InlineData("0208616263", null)] // more than announced
    [InlineData("06F005616263646566", "abcdef")] // a literal's length in a byte
    [InlineData("06F40500616263646566", "abcdef")] // in two
    [InlineData("06F8050000616263646566", "abcdef")] // in three
    [InlineData("06FC05000000616263646566", "abcdef")] // in four
    [InlineData("06FCFFFFFFFF616263646566", null)] // 4 GiB of it
    [InlineData("0708616263" + "0103", "abcabca")] // copy of 4 from 3 back, overlapping its target
    [InlineData("0608616263" + "0A0300", "abcabc")] // offset in two bytes
    [InlineData("0608616263" + "0B03000000", "abcabc")] // in four
    [InlineData("0608616263" + "0A0400", null)] // from before the start
    [InlineData("0608616263" + "0A0000", null)] // from nowhere
    [InlineData("0608616263" + "0A03", null)] // cut off
    [InlineData("0608616263" + "0B030000", null)]
    [InlineData("06086162", null)]
    [InlineData("06F0", null)]
    [InlineData("", null)]
    [InlineData("FFFFFFFF0F", null)] // 4 GiB announced
    [InlineData("8080808080808080808001", null)]
    public void ElementsAsDescribed(string block, string? text) =>
        Assert.Equal(text is null ? null : Encoding.ASCII.GetBytes(text), Decode(Convert.FromHexString(block)));

    [Fact]
    public void WhatIsEncodedDecodes()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), static bytes =>
        {
            byte[] repeated = [.. Enumerable.Repeat(bytes, 50).SelectMany(static some => some)];
            return bytes.AsSpan().SequenceEqual(Decode(Encode(bytes)))
                && repeated.AsSpan().SequenceEqual(Decode(Encode(repeated)));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(300_000)]
    public void LongTextsShrink(int length)
    {
        StringBuilder text = new();
        for (int i = 0; text.Length < length; i++) text.Append("cpu_user{host=\"host_").Append(i % 100).Append("\"} ");
        byte[] bytes = Encoding.ASCII.GetBytes(text.ToString(0, length));
        byte[] block = Encode(bytes);
        Assert.Equal(bytes, Decode(block));
        Assert.InRange(block.Length, 1, length / 5);
    }

    [Fact]
    public void NoiseGrowsNoMoreThanSaid()
    {
        byte[] noise = new byte[200_000];
        new Random(1).NextBytes(noise);
        byte[] block = Encode(noise);
        Assert.Equal(noise, Decode(block));
        Assert.InRange(block.Length, noise.Length, SnappyBlock.MaxEncodedLength(noise.Length));
    }
}
