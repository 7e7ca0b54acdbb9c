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

    [Theory]
    [InlineData("l", "a.*b.*c", 200)] // many values that cost nothing
    [InlineData("l", "(?:(?:.?){999}(?:.?){999}y|.*0.{9}z)", 2)] // few for which the automaton makes many states
    [InlineData("__name__", "a.*b.*c", 200)]
    public void ASearchThatIsNotWantedAnyMoreEnds(string label, string pattern, int series)
    {
        using var registry = new SeriesRegistry(100_000, 64L << 20, new HashFunction(1, ulong.MaxValue));
        for (int i = 0; i < series; i++)
        {
            string value = Convert.ToString(1_000_000 + i * 7919, 2);
            registry.Resolve(TestKey.Of("m" + value, "l=" + value).Wire, ValueFamily.Float, out _);
        }
        SeriesSelector With(Action look) // a new one each time: an automaton remembers its states
        {
            Assert.True(LabelMatcher.TryCreate(label, LabelMatchOp.Regex, pattern, out LabelMatcher? matcher, out _));
            return SeriesSelector.Of(matcher!) with { Look = look };
        }
        static void End() => throw new OperationCanceledException();
        var selected = new List<SeriesId>();
        int looks = 0;
        registry.Select(With(() => looks++), selected);
        Assert.True(looks > 1);
        Assert.Throws<OperationCanceledException>(() => registry.Select(With(End), selected));
        Assert.Throws<OperationCanceledException>(() => registry.SelectSet(With(End), out _));
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
        return random.Next(6) switch
        {
            0 => TagExpression.All.Instance,
            1 => new TagExpression.HasKey(key),
            2 => new TagExpression.Name(all[random.Next(all.Length)].NameBytes),
            3 or 4 => new TagExpression.Label(RandomMatcher(random, all)),
            _ => new TagExpression.Tag(tag),
        };
    }

    private static LabelMatcher RandomMatcher(Random random, SeriesKey[] all)
    {
        SeriesKey key = all[random.Next(all.Length)];
        Label[] labels = key.ToLabels();
        Label label = labels.Length == 0 ? new Label("nothing", "") : labels[random.Next(labels.Length)];
        string[] values = [label.Value, "", "true", "no such value"];
        string[] patterns = [".*", ".+", "", "tr.e|", "[a-m]?", ".", "1|a", "(1|2.*|a)?", "c{2}", "1,?.*"];
        var op = (LabelMatchOp)random.Next(1, 5);
        string value = op is LabelMatchOp.Equal or LabelMatchOp.NotEqual ? values[random.Next(values.Length)]
            : patterns[random.Next(patterns.Length)];
        string name = random.Next(12) == 0 ? "a=1" : label.Name;
        Assert.True(LabelMatcher.TryCreate(name, op, value, out LabelMatcher? matcher, out _));
        return matcher!;
    }

    private static byte[] RandomTag(Random random, SeriesKey[] all)
    {
        SeriesKey key = all[random.Next(all.Length)];
        return key.TagBytes.Length == 0 ? "no such tag"u8.ToArray() : key.TagBytes[random.Next(key.TagBytes.Length)];
    }
}
