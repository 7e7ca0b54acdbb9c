using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Xunit;

namespace Slungd.Tests.Engine.Series;

public class SeriesSelectionTests
{
    [Theory]
    [InlineData(ulong.MaxValue, 3_000)]
    [InlineData(0x3UL, 300)]
    public void SelectsWhatTheReferenceMatches(ulong hashMask, int series)
    {
        using var registry = new SeriesRegistry(100_000, 64L << 20, new HashFunction(1, hashMask));
        var keys = new KeySource(seed: 5);
        for (int i = 0; i < series; i++) registry.Resolve(keys.Next().Wire, ValueFamily.Float, out _);
        SeriesKey[] all = [.. Enumerable.Range(0, registry.Count).Select(i => registry.KeyOf(new SeriesId((uint)i)))];
        var random = new Random(3);
        int found = 0;
        for (int i = 0; i < 400; i++)
        {
            byte[]? name = random.Next(2) == 0 ? null : all[random.Next(all.Length)].NameBytes;
            var selector = new SeriesSelector(name, RandomExpression(random, all, depth: random.Next(5)));
            var selected = new List<SeriesId>();
            registry.Select(selector, selected);
            IEnumerable<int> expected = Enumerable.Range(0, all.Length).Where(n => selector.Matches(all[n]));
            Assert.Equal(expected, selected.Select(static s => (int)s.Value));
            found += selected.Count;
        }
        Assert.True(found > 1_000, "the expressions match too little to show anything");
    }

    private static TagExpression RandomExpression(Random random, SeriesKey[] all, int depth)
    {
        if (depth > 0)
        {
            TagExpression left = RandomExpression(random, all, depth - 1);
            return random.Next(3) switch
            {
                0 => new TagExpression.And(left, RandomExpression(random, all, depth - 1)),
                1 => new TagExpression.Or(left, RandomExpression(random, all, depth - 1)),
                _ => new TagExpression.Not(left),
            };
        }
        byte[] tag = RandomTag(random, all);
        byte[] key = tag.AsSpan(0, Math.Max(0, tag.AsSpan().IndexOf((byte)'='))).ToArray();
        int threshold = random.Next(256);
        return random.Next(5) switch
        {
            0 => TagExpression.All.Instance,
            1 => new TagExpression.HasKey(key),
            2 => new TagExpression.Label(key, value => (value.Length > 0 ? value[0] : 0) < threshold),
            _ => new TagExpression.Tag(tag),
        };
    }

    private static byte[] RandomTag(Random random, SeriesKey[] all)
    {
        SeriesKey key = all[random.Next(all.Length)];
        return key.TagBytes.Length == 0 ? "no such tag"u8.ToArray() : key.TagBytes[random.Next(key.TagBytes.Length)];
    }
}
