using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Slungd.Engine.Series;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Engine.Series;

public class SymbolTextsTests
{
    private static byte[] Text(Random random, int shape, int i) => shape switch
    {
        0 => Encoding.UTF8.GetBytes($"pod-{random.Next(1_000_000):D7}"),
        1 => Encoding.UTF8.GetBytes($"pod-{i:D7}"), // sorted already
        2 => Encoding.UTF8.GetBytes($"{(random.Next(2) == 0 ? "alpha" : "beta")}/some/long/path/{random.Next(9000)}/x"),
        3 => Encoding.UTF8.GetBytes(Convert.ToHexString(BitConverter.GetBytes(random.NextInt64()))),
        4 => new byte[i], // zeros, which a key does not tell from the end
        5 => [.. Enumerable.Range(0, random.Next(12)).Select(_ => (byte)"\0\u0001a\u00ff"[random.Next(4)])],
        7 => Encoding.UTF8.GetBytes(i == 1 ? "p" : $"pods-{random.Next(1_000_000)}"), // a look at some misses the one
        _ => [.. new byte[random.Next(40)], (byte)random.Next(256)],
    };

    [Theory]
    [InlineData(0, 5_000)]
    [InlineData(1, 5_000)]
    [InlineData(2, 5_000)]
    [InlineData(3, 5_000)]
    [InlineData(4, 300)]
    [InlineData(5, 5_000)]
    [InlineData(6, 5_000)]
    [InlineData(7, 5_000)]
    [InlineData(0, 40)]
    [InlineData(0, 1)]
    [InlineData(4, 1)] // the empty text
    [InlineData(0, 0)]
    public void AreSortedBytewiseWithoutEmptyOnes(int shape, int count)
    {
        var random = new Random(7);
        var budget = new ByteBudget(64 << 20);
        using var table = new SymbolTable(budget, new HashFunction(1, ulong.MaxValue));
        var symbols = new List<ulong>();
        for (int i = 0; i < count; i++)
        {
            byte[] text = [.. "k="u8, .. Text(random, shape, i)];
            if (table.TryFind(text, out _)) continue;
            Assert.True(table.TryReserve(1, text.Length));
            symbols.Add(table.Add(text));
        }
        string[] expected = [.. symbols.Select(s => Convert.ToHexString(table.TextOf((uint)s)[2..]))
            .Where(static text => text.Length > 0).Order(StringComparer.Ordinal)];
        ulong[] room = [.. symbols, ulong.MaxValue]; // more than is asked for
        var texts = new SymbolTexts(table, room, symbols.Count, skip: 2);
        Assert.Equal(expected, Enumerable.Range(0, texts.Count).Select(i => Convert.ToHexString(texts[i])));
    }
}
