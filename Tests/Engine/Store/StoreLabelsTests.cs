using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public sealed class StoreLabelsTests : IDisposable
{
    private readonly StoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    /// <summary>Names, values and series by sets against the plain way over all keys, in memory and in segments, with
    /// labels from one tag each and with doubled ones.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ListsAreThoseOfThePlainWay(bool isDoubled)
    {
        var random = new Random(4);
        for (int i = 0; i < 3000; i++)
        {
            var tags = new List<string>();
            if (random.Next(2) == 0) tags.Add("host=h" + random.Next(200));
            if (random.Next(3) == 0) tags.Add("long=common front of all values " + random.Next(500));
            if (random.Next(5) == 0) tags.Add("muted");
            if (random.Next(9) == 0) tags.Add("void=");
            if (isDoubled && random.Next(9) == 0) tags.Add("host=z" + random.Next(3));
            if (isDoubled && random.Next(9) == 0) tags.Add("muted=" + random.Next(3));
            SeriesId id = _fixture.Series("m" + random.Next(3), ValueFamily.Float, [.. tags]);
            if (random.Next(8) > 0) _fixture.Put(id, i, 1); // the others stay without points
            if (i is 1000 or 2000) _fixture.Store.Flush();
        }
        SeriesSelector[] selectors =
        [
            SeriesSelector.All, Select("__name__", LabelMatchOp.Equal, "m1"),
            Select("host", LabelMatchOp.Regex, "h1.*"), Select("host", LabelMatchOp.Equal, "h7"),
            Select("muted", LabelMatchOp.NotEqual, "true"),
            Select("nothing", LabelMatchOp.Equal, "x"),
        ];
        TimeRange[] flushed = [TimeRange.All, new(0, 1000), new(2001, 3000), new(5000, 6000)];
        TimeRange[] others = [new(100, 200), new(500, 1500), new(2500, 2600)];
        foreach (SeriesSelector selector in selectors)
        {
            foreach (TimeRange range in flushed) Compare(selector, range, isExact: true);
            // Indexes know first and last timestamps only.
            foreach (TimeRange range in others) Compare(selector, range, isExact: false);
        }
    }

    private void Compare(SeriesSelector selector, TimeRange range, bool isExact)
    {
        using SeriesView view = _fixture.Store.OpenView();
        var series = new List<SeriesId>();
        view.Select(selector, range, series);
        var found = new List<SeriesId> { new(77) };
        view.SelectWithPoints(selector, range, found);
        Assert.Equal(new SeriesId(77), found[0]);
        found.RemoveAt(0);
        Assert.Equal(found, series.Where(found.Contains));
        Assert.Empty(series.Where(id => HasPoints(view, id, range)).Except(found));
        if (isExact) Assert.All(found, id => Assert.True(HasPoints(view, id, range)));
        Label[][] labels = [.. found.Select(id => view.KeyOf(id).ToLabels())];
        Assert.Equal(Sorted(labels.SelectMany(static l => l).Select(static l => l.Name)),
            Texts(view.LabelNames(selector, range)));
        foreach (string name in new[] { "__name__", "host", "long", "muted", "void", "nothing", "", "host=h7" })
        {
            IEnumerable<Label> named = labels.SelectMany(static l => l).Where(l => l.Name == name);
            Assert.Equal(Sorted(named.Select(static l => l.Value)), Texts(view.LabelValues(name, selector, range)));
        }
    }

    private static bool HasPoints(SeriesView view, SeriesId series, TimeRange range)
    {
        using SeriesCursor cursor = view.Open(series, range, acceptSummaries: true);
        return cursor.MoveNext();
    }

    private static string[] Sorted(IEnumerable<string> texts) => [.. texts.Distinct().Order(StringComparer.Ordinal)];

    private static string[] Texts(LabelTexts texts) =>
        [.. Enumerable.Range(0, texts.Count).Select(i => texts.TextAt(i))];

    private static SeriesSelector Select(string name, LabelMatchOp op, string value)
    {
        Assert.True(LabelMatcher.TryCreate(name, op, value, out LabelMatcher? matcher, out _));
        return SeriesSelector.Of(matcher!);
    }
}
