using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Xunit;

namespace Slungd.Tests.Engine.Series;

public class SeriesRegistryLimitsTests
{
    [Fact]
    public void BeyondTheSeriesLimitOnlyKnownSeriesResolve()
    {
        using var registry = new SeriesRegistry(3, SeriesRegistry.MinBudgetBytes, new HashFunction(1));
        for (int i = 0; i < 3; i++) Resolve(registry, TestKey.Of("s", $"n={i}", "x"), RefusalCode.None);
        Resolve(registry, TestKey.Of("s", "n=3", "x"), RefusalCode.SeriesLimit);
        Assert.Equal(3, registry.Count);
        Assert.Equal(2u, Resolve(registry, TestKey.Of("s", "x", "n=2"), RefusalCode.None).Value);
        Assert.Equal(0, registry.CountOfTag("n=3"u8));
    }

    [Fact]
    public void BeyondTheBudgetOnlyKnownSeriesResolveAndAllStayRight()
    {
        using var registry = new SeriesRegistry(1_000_000, 2L << 20, new HashFunction(1));
        int created = 0;
        while (registry.Resolve(Key(created).Wire, ValueFamily.Float, out _) == RefusalCode.None) created++;
        Assert.InRange(created, 2_000, 20_000);
        Assert.InRange(registry.CommittedBytes, 1L << 20, 2L << 20);
        Resolve(registry, TestKey.Of("other", "t=" + new string('x', 60_000)), RefusalCode.SeriesLimit);
        Assert.Equal(created, registry.Count);
        for (int i = 0; i < created; i++)
        {
            Assert.Equal((uint)i, Resolve(registry, Key(i), RefusalCode.None).Value);
            TestKey reversed = Key(i) with { Tags = [.. Key(i).Tags.Reverse()] };
            Assert.Equal((uint)i, Resolve(registry, reversed, RefusalCode.None).Value);
        }
        var selected = new List<SeriesId>();
        registry.Select(new SeriesSelector("cpu"u8.ToArray(), new TagExpression.HasKey("host"u8.ToArray())), selected);
        Assert.Equal(created, selected.Count);
    }

    /// <summary>n! orders of the same tags must not fill the memory.</summary>
    [Fact]
    public void FormsPerSeriesAreBounded()
    {
        using var registry = new SeriesRegistry(100, SeriesRegistry.MinBudgetBytes, new HashFunction(1));
        var keys = new KeySource(seed: 4);
        TestKey key = TestKey.Of("cpu", "a=1", "b=2", "c=3", "d=4", "e=5", "f=6");
        for (int i = 0; i < 2_000; i++) Assert.Equal(0u, Resolve(registry, keys.Disguise(key), RefusalCode.None).Value);
        Assert.Equal(SeriesRegistry.MaxFormsPerSeries, registry.FormCount);
    }

    [Fact]
    public void FormsOfAllSeriesAreBounded()
    {
        using var registry = new SeriesRegistry(100_000, 64L << 20, new HashFunction(1));
        for (int i = 0; i < 2_000; i++)
        {
            byte[][] tags = Key(i).Tags;
            for (int turn = 0; turn < 4; turn++)
            {
                byte[][] turned = [.. tags[turn..], .. tags[..turn]];
                Assert.Equal((uint)i, Resolve(registry, Key(i) with { Tags = turned }, RefusalCode.None).Value);
            }
        }
        Assert.InRange(registry.FormCount, 2_000, 2 * 2_000 + 1_024);
    }

    /// <summary>Padding (empty tags, duplicates) costs the sender, not the memory.</summary>
    [Fact]
    public void LongFormsAreNotStored()
    {
        using var registry = new SeriesRegistry(100, SeriesRegistry.MinBudgetBytes, new HashFunction(1));
        var padded = new TestKey("cpu"u8.ToArray(), [.. Enumerable.Repeat(Array.Empty<byte>(), 60_000)]);
        Assert.Equal(0u, Resolve(registry, padded, RefusalCode.None).Value);
        Assert.Equal(0, registry.FormCount);
        Assert.Equal(0u, Resolve(registry, padded, RefusalCode.None).Value);
        Assert.Equal(0u, Resolve(registry, TestKey.Of("cpu"), RefusalCode.None).Value);
        Assert.Equal(1, registry.FormCount);
    }

    [Fact]
    public void TheLargestKeysResolve()
    {
        using var registry = new SeriesRegistry(100, 512L << 20, new HashFunction(1));
        TestKey many = new([], [.. Enumerable.Range(0, 65_535).Select(static i => Encoding.UTF8.GetBytes($"k{i}=v"))]);
        TestKey large = new(new byte[65_535], [.. Enumerable.Range(0, 200).Select(i => Filled(65_535, (byte)i))]);
        Assert.Equal(0u, Resolve(registry, many, RefusalCode.None).Value);
        Assert.Equal(1u, Resolve(registry, large, RefusalCode.None).Value);
        Assert.Equal(0u, Resolve(registry, many, RefusalCode.None).Value);
        Assert.Equal(many.Tags.Length, registry.KeyOf(new SeriesId(0)).TagBytes.Length);
        Assert.Equal(1, registry.CountOfTagKey("k65534"u8));
        byte[] buffer = [];
        Assert.True(CanonicalKey.TryDecode(registry.CanonicalBytesOf(new SeriesId(1), ref buffer), out SeriesKey? key));
        Assert.Equal(200, key!.TagBytes.Length);
    }

    /// <summary>Series with five tags, one of them unique: at most 300 bytes each. 62,500 fill the
    /// tables to the same degree as a million.</summary>
    [Fact]
    public void ASeriesTakesAtMost300Bytes()
    {
        const int count = 62_500;
        using var registry = new SeriesRegistry(1_000_000, 256L << 20, new HashFunction(1));
        long empty = registry.CommittedBytes;
        var builder = new WireKeyBuilder();
        for (int i = 0; i < count; i++)
        {
            builder.Begin("http_requests_total"u8);
            builder.AddTag(Encoding.UTF8.GetBytes($"pod=web-{i:x8}-{i * 7919:x8}"));
            builder.AddTag(Encoding.UTF8.GetBytes($"namespace=team-{i % 300}"));
            builder.AddTag(Encoding.UTF8.GetBytes($"region=eu-central-{i % 4}"));
            builder.AddTag(Encoding.UTF8.GetBytes($"status={200 + i % 7}"));
            builder.AddTag("service=checkout"u8);
            Assert.True(builder.TryFinish(out ReadOnlySpan<byte> key));
            Assert.Equal(RefusalCode.None, registry.Resolve(key, ValueFamily.Float, out _));
        }
        Assert.Equal(count, registry.Count);
        Assert.InRange((registry.CommittedBytes - empty) / count, 100, 300);
        Assert.True(empty < SeriesRegistry.MinBudgetBytes);
    }

    private static TestKey Key(int i) => TestKey.Of("cpu", $"host=h{i}", $"dc={i % 7}", "os=linux", $"rack=r{i % 31}");

    private static SeriesId Resolve(SeriesRegistry registry, TestKey key, RefusalCode expected)
    {
        Assert.Equal(expected, registry.Resolve(key.Wire, ValueFamily.Float, out SeriesId series));
        Assert.Equal(expected != RefusalCode.None, series == SeriesId.None);
        return series;
    }

    private static byte[] Filled(int length, byte value)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, value);
        return bytes;
    }
}
