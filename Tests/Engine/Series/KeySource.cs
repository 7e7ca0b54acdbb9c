using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Slungd.Engine.Series;

namespace Slungd.Tests.Engine.Series;

/// <summary>A name and tags in the order in which a peer would send them.</summary>
internal sealed record TestKey(byte[] Name, byte[][] Tags)
{
    public static TestKey Of(string name, params string[] tags) =>
        new(Encoding.UTF8.GetBytes(name), [.. tags.Select(Encoding.UTF8.GetBytes)]);

    public byte[] Wire
    {
        get
        {
            var builder = new WireKeyBuilder();
            builder.Begin(Name);
            foreach (byte[] tag in Tags) builder.AddTag(tag);
            if (!builder.TryFinish(out ReadOnlySpan<byte> key)) throw new InvalidOperationException("too long");
            return key.ToArray();
        }
    }

    /// <summary>Name and set of tags as one unambiguous text, the plain model of identity.</summary>
    public string Identity =>
        Convert.ToHexString(Name) + "|" + string.Join(",", SortedTags.Select(Convert.ToHexString));

    public IEnumerable<byte[]> SortedTags => Tags.Where(static t => t.Length > 0)
        .DistinctBy(Convert.ToHexString).OrderBy(Convert.ToHexString, StringComparer.Ordinal);
}

/// <summary>Seeded random keys that collide, overlap and look like each other.</summary>
internal sealed class KeySource(int seed)
{
    private static readonly string[] Texts =
        ["", "a", "a=", "=", "=x", "a=1", "a=1,", "a=1,b=2", "b=2", "b=2=3", "b==2", "host=a", "host=b", "host",
         "muted", "\0", "\0\0", "é=ü", "a\u0001", "long=" + new string('y', 300), "k=1", "k=2", "k=10"];

    private readonly Random _random = new(seed);

    public TestKey Next(int maxTags = 6)
    {
        var tags = new byte[_random.Next(maxTags + 1)][];
        for (int i = 0; i < tags.Length; i++) tags[i] = Text();
        return new TestKey(Text(), tags);
    }

    /// <summary>The same series sent otherwise: shuffled, with duplicates and empties.</summary>
    public TestKey Disguise(TestKey key)
    {
        var tags = new List<byte[]>(key.Tags);
        while (_random.Next(3) == 0) tags.Add([]);
        while (tags.Count > 0 && _random.Next(3) == 0) tags.Add(tags[_random.Next(tags.Count)]);
        byte[][] shuffled = [.. tags];
        _random.Shuffle(shuffled);
        return key with { Tags = shuffled };
    }

    public int Below(int bound) => _random.Next(bound);

    private byte[] Text()
    {
        switch (_random.Next(8))
        {
            case 0:
                var noise = new byte[_random.Next(12)];
                _random.NextBytes(noise);
                return noise;
            case 1: return Encoding.UTF8.GetBytes($"n={_random.Next(40)}");
            default: return Encoding.UTF8.GetBytes(Texts[_random.Next(Texts.Length)]);
        }
    }
}
