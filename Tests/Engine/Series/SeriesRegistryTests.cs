using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Xunit;

namespace Slungd.Tests.Engine.Series;

public class SeriesRegistryTests
{
    private const long Budget = 256L << 20;

    /// <summary>The hash as it is, cut to few values, and cut to one: every lookup then meets collisions.</summary>
    [Theory]
    [InlineData(ulong.MaxValue, 20_000)]
    [InlineData(0xfUL, 4_000)]
    [InlineData(0UL, 1_500)]
    public void AgreesWithADictionary(ulong hashMask, int rounds)
    {
        using var registry = new SeriesRegistry(1_000_000, Budget, new HashFunction(7, hashMask));
        var model = new Dictionary<string, SeriesId>();
        var keys = new KeySource(seed: 11);
        var known = new List<TestKey>();
        for (int i = 0; i < rounds; i++)
        {
            TestKey key = known.Count == 0 || keys.Below(2) == 0 ? keys.Next()
                : keys.Disguise(known[keys.Below(known.Count)]);
            byte[] wire = key.Wire;
            bool isNew = model.TryAdd(key.Identity, new SeriesId((uint)model.Count));
            if (isNew) known.Add(key);
            Assert.Equal(RefusalCode.None, registry.Resolve(wire, ValueFamily.Float, out SeriesId series));
            Assert.Equal(model[key.Identity], series);
            Assert.Equal(model.Count, registry.Count);
            if (keys.Below(4) == 0) AssertCanonicalFinds(registry, wire, series);
        }
        foreach (TestKey key in known) AssertKey(key, registry, model[key.Identity]);
    }

    [Fact]
    public void AnyKeysAreOneSeriesIfAndOnlyIfTheyAreEqual() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[][][]>(), keys =>
        {
            using var registry = new SeriesRegistry(1_000, Budget, new HashFunction(1));
            var model = new Dictionary<string, SeriesId>();
            foreach (byte[][] texts in keys ?? [])
            {
                if (texts is null || texts.Length == 0) continue;
                byte[][] safe = Array.ConvertAll(texts, static text => text ?? []);
                var key = new TestKey(safe[0], safe[1..]);
                registry.Resolve(key.Wire, ValueFamily.Float, out SeriesId series);
                model.TryAdd(key.Identity, new SeriesId((uint)model.Count));
                Assert.Equal(model[key.Identity], series);
            }
            Assert.Equal(model.Count, registry.Count);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void TextsThatLookAlikeAreDifferentSeries()
    {
        using var registry = new SeriesRegistry(100, Budget, new HashFunction(1));
        TestKey[] keys =
        [
            TestKey.Of("cpu"), TestKey.Of("cpu", "a"), TestKey.Of("cpua"), TestKey.Of("cpu", "a", "b"),
            TestKey.Of("cpu", "ab"), TestKey.Of("cpu", "a,b"), TestKey.Of("cpu", "a\0b"), TestKey.Of("cpu", "\0a", "b"),
            TestKey.Of("", "cpu"), TestKey.Of(""),
        ];
        foreach (TestKey key in keys) registry.Resolve(key.Wire, ValueFamily.Float, out _);
        Assert.Equal(keys.Length, registry.Count);
    }

    [Fact]
    public void ForeignBytesSurvive()
    {
        using var registry = new SeriesRegistry(100, Budget, new HashFunction(1));
        var key = new TestKey([0xff, 0, 0xfe], [[0xc0, 0x80], [0], [0x80]]);
        registry.Resolve(key.Wire, ValueFamily.Float, out SeriesId series);
        AssertKey(key, registry, series);
    }

    [Fact]
    public void TheFirstWriteFixesTheFamily()
    {
        using var registry = new SeriesRegistry(100, Budget, new HashFunction(1));
        registry.Resolve(TestKey.Of("a").Wire, ValueFamily.Int, out SeriesId fixedAtOnce);
        registry.Resolve(TestKey.Of("b").Wire, ValueFamily.None, out SeriesId later);
        Assert.Equal(ValueFamily.Int, registry.FamilyOf(fixedAtOnce));
        Assert.False(registry.TryFixFamily(fixedAtOnce, ValueFamily.Float));
        Assert.Equal(ValueFamily.None, registry.FamilyOf(later));
        Assert.True(registry.TryFixFamily(later, ValueFamily.Bytes));
        Assert.True(registry.TryFixFamily(later, ValueFamily.Bytes));
        Assert.False(registry.TryFixFamily(later, ValueFamily.Bool));
        Assert.Equal(ValueFamily.Bytes, registry.FamilyOf(later));
        registry.Resolve(TestKey.Of("b").Wire, ValueFamily.Float, out SeriesId again);
        Assert.Equal(later, again);
        Assert.Equal(ValueFamily.Bytes, registry.FamilyOf(later));
    }

    [Fact]
    public void AKnownSeriesAllocatesNothing()
    {
        using var registry = new SeriesRegistry(100, Budget, new HashFunction(1));
        byte[] known = TestKey.Of("cpu", "host=a", "region=eu").Wire;
        registry.Resolve(known, ValueFamily.Float, out SeriesId first);
        // More orders than forms are stored: the last one goes the slow way every time.
        string[][] orders =
        [
            ["a", "b", "c"], ["a", "c", "b"], ["b", "a", "c"], ["b", "c", "a"], ["c", "a", "b"], ["c", "b", "a"],
        ];
        byte[][] wires = [.. orders.Select(static tags => TestKey.Of("m", tags).Wire)];
        foreach (byte[] wire in wires) registry.Resolve(wire, ValueFamily.Float, out _);
        Assert.Equal(1 + SeriesRegistry.MaxFormsPerSeries, registry.FormCount);
        registry.Resolve(wires[0], ValueFamily.Float, out SeriesId expected);
        bool right = true;
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                right &= registry.TryFind(registry.Hash(known), known, out SeriesId found) && found == first;
                registry.Resolve(known, ValueFamily.Float, out SeriesId resolved);
                registry.Resolve(wires[i % wires.Length], ValueFamily.Float, out SeriesId other);
                right &= resolved == first && other == expected;
            }
        }));
        Assert.True(right);
    }

    [Fact]
    public void TryFindMissesUnknownKeys()
    {
        using var registry = new SeriesRegistry(100, Budget, new HashFunction(1));
        registry.Resolve(TestKey.Of("cpu", "host=a").Wire, ValueFamily.Float, out _);
        byte[] other = TestKey.Of("cpu", "host=b").Wire;
        registry.Prefetch(registry.Hash(other));
        registry.PrefetchKey(registry.Hash(other));
        Assert.False(registry.TryFind(registry.Hash(other), other, out SeriesId none));
        Assert.Equal(SeriesId.None, none);
    }

    [Fact]
    public void ListsWhatThereIs()
    {
        using var registry = new SeriesRegistry(100, Budget, new HashFunction(1));
        registry.Resolve(TestKey.Of("cpu", "host=a", "muted", "host=b").Wire, ValueFamily.Float, out SeriesId first);
        registry.Resolve(TestKey.Of("cpu", "host=a", "dc=1=2").Wire, ValueFamily.Float, out _);
        registry.Resolve(TestKey.Of("mem", "=x").Wire, ValueFamily.Float, out _);
        Assert.Equal(["cpu", "mem"], Strings(registry.EnumerateNames()));
        Assert.Equal(["host", "dc", ""], Strings(registry.EnumerateTagKeys()));
        Assert.Equal(["a", "b"], Strings(registry.EnumerateTagValues("host"u8.ToArray())));
        Assert.Equal(["1=2"], Strings(registry.EnumerateTagValues("dc"u8.ToArray())));
        Assert.Equal(["x"], Strings(registry.EnumerateTagValues([])));
        Assert.Empty(registry.EnumerateTagValues("muted"u8.ToArray()));
        Assert.Equal(["host=a", "host=b", "muted", "dc=1=2", "=x"], Strings(registry.EnumerateTags()));
        Assert.Equal((2, 5, 3), (registry.NameCount, registry.TagCount, registry.TagKeyCount));
        Assert.Equal((2, 0), (registry.CountOfName("cpu"u8), registry.CountOfName("cp"u8)));
        Assert.Equal((2, 0), (registry.CountOfTag("host=a"u8), registry.CountOfTag("x"u8)));
        Assert.Equal((2, 0), (registry.CountOfTagKey("host"u8), registry.CountOfTagKey("muted"u8)));
        Assert.True(registry.NameOf(first).SequenceEqual("cpu"u8));
    }

    private static void AssertCanonicalFinds(SeriesRegistry registry, byte[] wire, SeriesId expected)
    {
        var canonical = new byte[CanonicalKey.MaxBytes(wire.Length)];
        int length = CanonicalKey.Encode(wire, canonical);
        ReadOnlySpan<byte> key = canonical.AsSpan(0, length);
        Assert.Equal(RefusalCode.None, registry.ResolveCanonical(key, ValueFamily.Float, out SeriesId found));
        Assert.Equal(expected, found);
    }

    private static void AssertKey(TestKey expected, SeriesRegistry registry, SeriesId series)
    {
        SeriesKey key = registry.KeyOf(series);
        Assert.Equal(expected.Name, key.NameBytes);
        Assert.Equal(expected.SortedTags, key.TagBytes);
        byte[] buffer = [];
        Assert.True(CanonicalKey.TryDecode(registry.CanonicalBytesOf(series, ref buffer), out SeriesKey? decoded));
        Assert.Equal(key.NameBytes, decoded!.NameBytes);
        Assert.Equal(key.TagBytes, decoded.TagBytes);
    }

    private static IEnumerable<string> Strings(IEnumerable<byte[]> texts) => texts.Select(Encoding.UTF8.GetString);
}
