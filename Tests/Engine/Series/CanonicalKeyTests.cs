using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Xunit;

namespace Slungd.Tests.Engine.Series;

public class CanonicalKeyTests
{
    [Fact]
    public void TheBytesAreThese()
    {
        byte[] expected = [3, .. "cpu"u8, 2, 1, .. "a"u8, 3, .. "b=1"u8];
        Assert.Equal(expected, Canonical(TestKey.Of("cpu", "b=1", "", "a", "b=1")));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(60)] // more than fit on the stack, and the other sort
    public void OrderDuplicatesAndEmptiesDoNotMatter(int maxTags)
    {
        var keys = new KeySource(seed: 3);
        var identities = new Dictionary<string, string>();
        for (int i = 0; i < 2_000; i++)
        {
            TestKey key = keys.Next(maxTags);
            byte[] canonical = Canonical(key);
            Assert.Equal(canonical, Canonical(keys.Disguise(key)));
            Assert.True(CanonicalKey.TryDecode(canonical, out SeriesKey? decoded));
            Assert.Equal(key.Name, decoded!.NameBytes);
            Assert.Equal(key.SortedTags, decoded.TagBytes);
            Assert.Equal(canonical, Canonical(new TestKey(decoded.NameBytes, decoded.TagBytes)));
            // Different series never share a canonical key.
            string hex = Convert.ToHexString(canonical);
            if (!identities.TryAdd(hex, key.Identity)) Assert.Equal(identities[hex], key.Identity);
        }
    }

    [Fact]
    public void AnyNameAndTagsHaveOneForm() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<byte[][]>(), (name, tags) =>
        {
            var key = new TestKey(name ?? [], Array.ConvertAll(tags ?? [], static tag => tag ?? []));
            byte[] canonical = Canonical(key);
            Assert.Equal(canonical, Canonical(key with { Tags = [.. key.Tags.Reverse(), .. key.Tags, []] }));
            Assert.True(CanonicalKey.TryDecode(canonical, out SeriesKey? decoded));
            Assert.Equal(key.Name, decoded!.NameBytes);
            Assert.Equal(key.SortedTags, decoded.TagBytes);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("03637075")] // no tag count
    [InlineData("0363707501")] // no tag
    [InlineData("036370750100")] // an empty tag
    [InlineData("036370750201610161")] // twice the same
    [InlineData("036370750201620161")] // not sorted
    [InlineData("03637075010161ff")] // more bytes
    [InlineData("830063707500")] // a length in a longer form
    [InlineData("036370758000")] // a count in a longer form
    [InlineData("0463707500")] // a name that does not fit
    [InlineData("ffff03")] // a long name that does not fit
    [InlineData("80800400")] // longer than any text
    [InlineData("ffffffffffffffffff01")]
    [InlineData("")]
    public void WhatIsNotCanonicalIsRefused(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.False(CanonicalKey.TryDecode(bytes, out _));
        using var registry = new SeriesRegistry(10, SeriesRegistry.MinBudgetBytes, new HashFunction(1));
        Assert.Equal(RefusalCode.Malformed, registry.ResolveCanonical(bytes, ValueFamily.Float, out SeriesId none));
        Assert.Equal(SeriesId.None, none);
        Assert.Equal(0, registry.Count);
    }

    [Fact]
    public void LargestSizesFitTheBound()
    {
        foreach (int length in new[] { 0, 1, 127, 128, 16_383, 16_384, 65_535 })
        {
            TestKey[] keys =
            [
                new(new byte[length], []),
                new([], [.. Enumerable.Range(0, 40).Select(i => Filled(length, (byte)i))]),
                new([], [.. Enumerable.Range(0, length).Select(static i => BitConverter.GetBytes(i))]),
            ];
            foreach (TestKey key in keys)
            {
                Assert.True(CanonicalKey.TryDecode(Canonical(key), out SeriesKey? decoded));
                Assert.Equal(key.SortedTags.Count(), decoded!.TagBytes.Length);
            }
        }
    }

    [Fact]
    public void EncodingAllocatesNothing()
    {
        byte[] wire = TestKey.Of("cpu", "host=b", "host=a", "", "region=eu").Wire;
        var into = new byte[CanonicalKey.MaxBytes(wire.Length)];
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            for (int i = 0; i < 1_000; i++) CanonicalKey.Encode(wire, into);
        }));
    }

    /// <summary>Sorting must not be quadratic: 65,535 tags in the worst order take a moment, not a minute.</summary>
    [Fact]
    public void ManyTagsInReverseAreSorted()
    {
        byte[][] tags = [.. Enumerable.Range(0, 65_535).Select(static i => new[] { (byte)(i >> 8), (byte)i, (byte)1 })];
        byte[] sorted = Canonical(new TestKey([], tags));
        Array.Reverse(tags);
        Assert.Equal(sorted, Canonical(new TestKey([], tags)));
        new Random(4).Shuffle(tags);
        Assert.Equal(sorted, Canonical(new TestKey([], tags)));
    }

    private static byte[] Canonical(TestKey key)
    {
        byte[] wire = key.Wire;
        var into = new byte[CanonicalKey.MaxBytes(wire.Length)];
        return into[..CanonicalKey.Encode(wire, into)];
    }

    private static byte[] Filled(int length, byte value)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, value);
        return bytes;
    }
}
