using System;
using System.Collections.Generic;
using System.Globalization;
using Slungd.Ingest.Protocols.Protobuf;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Protobuf;

public class ProtoReaderTests
{
    private static string Walk(ReadOnlySpan<byte> message)
    {
        List<string> fields = [];
        var reader = new ProtoReader(message);
        while (reader.MoveNext())
        {
            string value = reader.IsBytes
                ? Convert.ToHexString(reader.Bytes) + "@" + reader.BytesStart.ToString(CultureInfo.InvariantCulture)
                : reader.Number.ToString("x", CultureInfo.InvariantCulture);
            fields.Add($"{reader.Field}={value}");
        }
        return string.Join(' ', fields) + (reader.IsMalformed ? " malformed" : "");
    }

    [Fact]
    public void FieldsComeInOrder()
    {
        byte[] message = new ProtoMessage().Number(1, 300).Double(2, 1).Add(3, 7, 8, 9).Fixed32(536_870_911, 5).Bytes;
        Assert.Equal("1=12c 2=3ff0000000000000 3=070809@14 536870911=5", Walk(message));
    }

    [Fact]
    public void EveryCutIsSeen()
    {
        byte[] message = new ProtoMessage().Number(1, 300).Double(2, 1).Add(3, 7, 8, 9).Fixed32(4, 5).Bytes;
        List<int> ends = [0, 3, 12, 17];
        for (int length = 0; length < message.Length; length++)
        {
            bool isMalformed = Walk(message.AsSpan(0, length)).EndsWith("malformed", StringComparison.Ordinal);
            Assert.Equal(!ends.Contains(length), isMalformed);
        }
    }

    [Fact]
    public void TypesAreToldApart()
    {
        byte[] message = new ProtoMessage().Number(1, 300).Double(2, 1).Add(3, 7).Fixed32(4, 5).Add(5, new byte[200])
            .Raw([0x0b, 0x0c]).Double(6, 1).Bytes;
        List<(bool, bool, bool)> types = [];
        var reader = new ProtoReader(message);
        while (reader.MoveNext()) types.Add((reader.IsVarint, reader.IsFixed64, reader.IsBytes));
        Assert.Equal([(true, false, false), (false, true, false), (false, false, true), (false, false, false),
            (false, false, true), (false, false, false), (false, true, false)], types);
    }

    [Fact]
    public void MessagesAreMerged()
    {
        byte[] message = new ProtoMessage().Add(1, 7, 8).Number(1, 5).Add(2, 9).Add(1).Add(1, 6).Bytes;
        Assert.Equal([7, 8, 6], ProtoReader.Merge(message, 1).ToArray());
        Assert.Equal([9], ProtoReader.Merge(message, 2).ToArray());
    }

    [Theory]
    [InlineData("00")] // field 0
    [InlineData("0B")] // a group without its end
    [InlineData("0B0801")]
    [InlineData("0B14")] // with another one's
    [InlineData("0B0AFF0C")] // with a field beyond its end
    [InlineData("0C")]
    [InlineData("0E")] // no such type
    [InlineData("0AFFFFFFFFFFFFFFFFFF01")] // longer than anything
    [InlineData("08FFFFFFFFFFFFFFFFFF02")] // 65 bits
    public void WhatCantBeIsMalformed(string hex) => Assert.Equal(" malformed", Walk(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("08010B0C1002", "1=1 0=0 2=2")]
    [InlineData("0B08FF01110000000000000000150000000012020C0C13140C1002", "0=0 2=2")]
    public void GroupsArePassedOver(string hex, string expected) =>
        Assert.Equal(expected, Walk(Convert.FromHexString(hex)));

    [Theory]
    [InlineData(100, "0=0")]
    [InlineData(101, " malformed")]
    public void GroupsAreNestedSoDeepOnly(int depth, string expected)
    {
        byte[] message = new byte[2 * depth];
        message.AsSpan(0, depth).Fill(0x0b);
        message.AsSpan(depth).Fill(0x0c);
        Assert.Equal(expected, Walk(message));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(300)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    public void LengthsOfAnySizeAreRead(int length)
    {
        byte[] text = new byte[length];
        Array.Fill(text, (byte)0x7f);
        byte[] message = new ProtoMessage().Add(15, text).Double(15, 1).Double(16, 2).Add(16, text).Bytes;
        string shown = Convert.ToHexString(text);
        int head = 1 + (length < 128 ? 1 : length < 16_384 ? 2 : 3);
        int second = message.Length - length;
        string whole = $"15={shown}@{head} 15=3ff0000000000000 16=4000000000000000 16={shown}@{second}";
        Assert.Equal(whole, Walk(message));
        int[] ends = [head + length, head + length + 9, head + length + 19];
        for (int cut = 1; cut < Math.Min(message.Length, head + length + 30); cut++)
        {
            bool isMalformed = Walk(message.AsSpan(0, cut)).EndsWith("malformed", StringComparison.Ordinal);
            Assert.Equal(Array.IndexOf(ends, cut) < 0, isMalformed);
            if (cut == 40) cut = Math.Max(cut, head + length - 40); // amid the first text all cuts are alike
        }
    }
}
