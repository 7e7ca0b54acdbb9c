using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Series;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes as a wire key and as a canonical key: read, written again, resolved in other orders.</summary>
internal static class SeriesKeyFuzz
{
    public static readonly byte[][] Seeds =
    [
        [3, 0, 1, 0, .. "cpu"u8, 3, 0, .. "a=1"u8],
        [3, 0, 3, 0, .. "cpu"u8, 3, 0, .. "b=2"u8, 0, 0, 3, 0, .. "a=1"u8],
        [0, 0, 2, 0, 1, 0, .. "x"u8, 1, 0, .. "x"u8],
        [3, .. "cpu"u8, 2, 1, .. "a"u8, 3, .. "b=1"u8],
        [0, 0],
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (WireKey.TryMeasure(input, out int length)) CheckWire(input[..length]);
        CheckCanonical(input);
    }

    private static void CheckWire(ReadOnlySpan<byte> wire)
    {
        Require(WireKey.IsWellFormed(wire), "a measured key is well-formed");
        var tags = new List<byte[]>();
        foreach (ReadOnlySpan<byte> tag in WireKey.TagsOf(wire)) tags.Add(tag.ToArray());
        Require(Build(WireKey.NameOf(wire), tags).SequenceEqual(wire), "what was read is written the same");
        byte[] canonical = Canonical(wire);
        Require(CanonicalKey.TryDecode(canonical, out SeriesKey? key), "what was encoded decodes");
        tags.Reverse();
        tags.Add([]);
        if (tags.Count > 1) tags.Add(tags[0]);
        byte[] disguised = Build(WireKey.NameOf(wire), tags);
        Require(Canonical(disguised).AsSpan().SequenceEqual(canonical), "order, duplicates and empties do not matter");
        Require(Canonical(Build(key!.NameBytes, key.TagBytes)).AsSpan().SequenceEqual(canonical), "canonical stays");
        CheckRegistry(wire, disguised, canonical);
    }

    private static void CheckRegistry(ReadOnlySpan<byte> wire, byte[] disguised, byte[] canonical)
    {
        using var registry = new SeriesRegistry(2, 64L << 20, new HashFunction(1));
        registry.Resolve(wire, ValueFamily.Float, out SeriesId series);
        registry.Resolve(disguised, ValueFamily.Float, out SeriesId again);
        registry.ResolveCanonical(canonical, ValueFamily.Float, out SeriesId third);
        Require(series.Value == 0 && again == series && third == series && registry.Count == 1, "one series, one id");
        byte[] buffer = [];
        Require(registry.CanonicalBytesOf(series, ref buffer).SequenceEqual(canonical), "the registry keeps the key");
        var selected = new List<SeriesId>();
        TagExpression all = TagExpression.All.Instance;
        foreach (byte[] tag in registry.KeyOf(series).TagBytes)
            all = new TagExpression.And(new TagExpression.Tag(tag), all);
        if (registry.TagCount < SelectionNode.MaxDepth) registry.Select(new SeriesSelector(null, all), selected);
        else selected.Add(series);
        Require(selected.Count == 1, "a series is selected by all its tags");
    }

    private static void CheckCanonical(ReadOnlySpan<byte> input)
    {
        if (!CanonicalKey.TryDecode(input, out SeriesKey? key)) return;
        Require(Canonical(Build(key!.NameBytes, key.TagBytes)).AsSpan().SequenceEqual(input), "one form per key");
    }

    private static byte[] Build(ReadOnlySpan<byte> name, IEnumerable<byte[]> tags)
    {
        var builder = new WireKeyBuilder();
        builder.Begin(name);
        foreach (byte[] tag in tags) builder.AddTag(tag);
        Require(builder.TryFinish(out ReadOnlySpan<byte> key), "the key fits");
        return key.ToArray();
    }

    private static byte[] Canonical(ReadOnlySpan<byte> wire)
    {
        var into = new byte[CanonicalKey.MaxBytes(wire.Length)];
        return into[..CanonicalKey.Encode(wire, into)];
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"not so: {what}");
    }
}
