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

    [Theory]
    [InlineData("00")] // field 0
    [InlineData("0B")] // a group
    [InlineData("0C")]
    [InlineData("0E")] // no such type
    [InlineData("0AFFFFFFFFFFFFFFFFFF01")] // longer than anything
    [InlineData("08FFFFFFFFFFFFFFFFFF02")] // 65 bits
    public void WhatCantBeIsMalformed(string hex) => Assert.Equal(" malformed", Walk(Convert.FromHexString(hex)));
}
