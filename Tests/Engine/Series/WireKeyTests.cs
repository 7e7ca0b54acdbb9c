using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Series;
using Xunit;

namespace Slungd.Tests.Engine.Series;

public class WireKeyTests
{
    [Fact]
    public void TheWorkedBytesOfTheProtocol()
    {
        byte[] expected = [3, 0, 1, 0, 0x63, 0x70, 0x75, 3, 0, 0x61, 0x3d, 0x31];
        Assert.Equal(expected, TestKey.Of("cpu", "a=1").Wire);
    }

    [Fact]
    public void WhatWasBuiltIsRead()
    {
        var keys = new KeySource(seed: 1);
        for (int i = 0; i < 2_000; i++)
        {
            TestKey key = keys.Next();
            byte[] wire = key.Wire;
            Assert.True(WireKey.IsWellFormed(wire));
            Assert.True(WireKey.NameOf(wire).SequenceEqual(key.Name));
            Assert.Equal(key.Tags.Length, WireKey.TagCountOf(wire));
            var tags = new List<byte[]>();
            foreach (ReadOnlySpan<byte> tag in WireKey.TagsOf(wire)) tags.Add(tag.ToArray());
            Assert.Equal(key.Tags, tags);
        }
    }

    [Fact]
    public void TheEndIsFoundAndNothingCutIsAccepted()
    {
        var keys = new KeySource(seed: 2);
        for (int i = 0; i < 300; i++)
        {
            byte[] wire = keys.Next().Wire;
            Assert.True(WireKey.TryMeasure([.. wire, 1, 2, 3], out int length));
            Assert.Equal(wire.Length, length);
            Assert.False(WireKey.IsWellFormed([.. wire, 0]));
            for (int cut = 0; cut < wire.Length; cut++) Assert.False(WireKey.TryMeasure(wire.AsSpan(0, cut), out _));
        }
    }

    [Theory]
    [InlineData(65_535, true)]
    [InlineData(65_536, false)]
    public void TextsAndCountsHaveTheirBounds(int size, bool fits)
    {
        var builder = new WireKeyBuilder();
        builder.Begin(new byte[size]);
        Assert.Equal(fits, builder.TryFinish(out _));
        builder.Begin("a");
        builder.AddTag(new byte[size]);
        Assert.Equal(fits, builder.TryFinish(out _));
        builder.Begin("a");
        builder.AddLabel(new byte[size - 5], "abcd"u8);
        Assert.Equal(fits, builder.TryFinish(out _));
        builder.Begin("a");
        for (int i = 0; i < size; i++) builder.AddTag("x"u8);
        Assert.Equal(fits, builder.TryFinish(out ReadOnlySpan<byte> key) && WireKey.IsWellFormed(key));
        builder.Begin("b");
        Assert.True(builder.TryFinish(out key));
        Assert.Equal([1, 0, 0, 0, (byte)'b'], key.ToArray());
    }

    [Fact]
    public void AKeyIsNoLongerThanAMessage()
    {
        var builder = new WireKeyBuilder();
        builder.Begin("a");
        for (int i = 0; i < 256; i++) builder.AddTag(new byte[65_535]);
        Assert.False(builder.TryFinish(out _));
    }

    [Fact]
    public void LabelsAreTags()
    {
        var builder = new WireKeyBuilder();
        builder.Begin("up");
        builder.AddLabel("job"u8, "a=b"u8);
        Assert.True(builder.TryFinish(out ReadOnlySpan<byte> key));
        Assert.Equal(TestKey.Of("up", "job=a=b").Wire, key.ToArray());
    }
}
