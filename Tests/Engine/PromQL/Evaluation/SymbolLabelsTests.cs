using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.Series;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Tests.Engine.Series;
using Xunit;

namespace Slungd.Tests.Engine.PromQL.Evaluation;

public sealed class SymbolLabelsTests
{
    private static readonly string[][] s_choices = [["k"], ["__name__"], ["host", "a"], [], ["b", "__name__", "none"]];

    [Fact]
    public void LabelsByNumberAreThoseOfTheKey()
    {
        using var registry = new SeriesRegistry(100_000, 256L << 20, new HashFunction(7));
        var keys = new KeySource(seed: 3);
        var looks = new HashSet<string>();
        int plain = 0;
        for (int i = 0; i < 3000; i++)
        {
            TestKey key = i % 3 > 0 ? keys.Next(2)
                : i % 2 == 0 ? TestKey.Of("m", "a-b=1", "a=1", $"k={i}", "__unit__=s")
                : TestKey.Of("", $"k={i}", "a=2");
            int before = registry.Count;
            Assert.Equal(RefusalCode.None, registry.Resolve(key.Wire, ValueFamily.Float, out SeriesId series));
            if (registry.Count == before || ((ILabelSymbols)registry).IsPlain(series) is false) continue;
            Label[] labels = registry.KeyOf(series).ToLabels();
            int tags = registry.KeyOf(series).TagBytes.Length;
            if (tags > labels.Count(static label => label.Name != SeriesLabels.Name)) continue; // a doubled key
            plain++;
            Assert.True(looks.Add(LabelSet.FromSorted(labels).ToString()), "two plain series look alike");
            Compare(new SymbolLabels(registry), registry, series, labels);
        }
        Assert.InRange(plain, 1000, 2999);
    }

    [Theory]
    [InlineData("muted")]
    [InlineData("=histogram")]
    [InlineData("k=")]
    [InlineData("__name__=x")]
    public void OddTagsShow(string tag)
    {
        using var registry = new SeriesRegistry(100, 256L << 20, new HashFunction(7));
        ILabelSymbols symbols = registry;
        TestKey plain = TestKey.Of("m", "a=1");
        Assert.Equal(RefusalCode.None, registry.Resolve(plain.Wire, ValueFamily.Float, out SeriesId a));
        Assert.True(symbols.IsPlain(a));
        TestKey odd = TestKey.Of("m", "a=1", tag);
        Assert.Equal(RefusalCode.None, registry.Resolve(odd.Wire, ValueFamily.Float, out SeriesId b));
        Assert.True(symbols.IsPlain(a));
        Assert.False(symbols.IsPlain(b));
        var broken = new TestKey([0xff], [Encoding.UTF8.GetBytes("a=1")]);
        Assert.Equal(RefusalCode.None, registry.Resolve(broken.Wire, ValueFamily.Float, out SeriesId c));
        Assert.False(symbols.IsPlain(c));
        Assert.NotNull(registry.Symbols);
        TestKey doubled = TestKey.Of("m", "a=1", "a=2");
        Assert.Equal(RefusalCode.None, registry.Resolve(doubled.Wire, ValueFamily.Float, out _));
        Assert.Null(registry.Symbols);
    }

    private static void Compare(SymbolLabels source, SeriesRegistry registry, SeriesId series, Label[] labels)
    {
        LabelSet Lazy() => LabelSet.Of(source, series);
        LabelSet eager = LabelSet.FromSorted(labels);
        Assert.Equal(eager, Lazy());
        Assert.Equal(eager.Name, Lazy().Name);
        Assert.Equal(eager.WithoutMetadata(), Lazy().WithoutMetadata());
        Assert.Equal(eager.WithoutMetadata().Name, Lazy().WithoutMetadata().Name);
        Assert.Equal(eager.With("k", "").Labels, Lazy().With("k", "").Labels);
        foreach (string[] names in s_choices)
        {
            Assert.Equal(eager.Only(names).Labels, Lazy().Only(names).Labels);
            Assert.Equal(eager.Without(names).Labels, Lazy().Without(names).Labels);
            Assert.Equal(eager.WithoutMetadata().Only(names).Labels, Lazy().WithoutMetadata().Only(names).Labels);
            Assert.Equal(eager.WithoutMetadata().Without(names).Labels, Lazy().WithoutMetadata().Without(names).Labels);
        }
        Assert.Equal(Json(json => LabelsJson.Write(json, labels)),
            Json(json => LabelsJson.Write(json, registry, series)));
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> to = new();
        using (Utf8JsonWriter json = new(to)) write(json);
        return Encoding.UTF8.GetString(to.WrittenSpan);
    }
}
