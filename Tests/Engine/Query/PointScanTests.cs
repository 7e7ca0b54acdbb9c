using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Engine.Query;

public sealed class PointScanTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 33)]
    [InlineData(4, 100_000)]
    public void PagesTogetherAreAllPoints(int seed, int limit)
    {
        using var fixture = new StoreFixture();
        var random = new Random(seed);
        var expected = new SortedDictionary<(uint, long), string>();
        var range = new TimeRange(20, 180);
        for (int i = 0; i < 1000; i++)
        {
            int number = random.Next(6);
            ValueFamily family = number == 0 ? ValueFamily.String : number == 1 ? ValueFamily.Int : ValueFamily.Float;
            SeriesId id = fixture.Series(number == 5 ? "other" : "m", family, "n=" + number);
            long at = random.Next(200);
            byte[] text = Encoding.ASCII.GetBytes("text" + i);
            ulong bits = family == ValueFamily.String ? new PayloadRef(0, (uint)text.Length).ToBits() : (ulong)i;
            fixture.Put([new EventRow { Series = id, Timestamp = at, Family = family, Bits = bits }], text);
            if (number != 5 && range.Contains(at))
                expected[(id.Value, at)] = family == ValueFamily.String ? "text" + i : i.ToString();
            if (i % 300 == 150) fixture.Store.Flush();
        }
        var got = new List<KeyValuePair<(uint, long), string>>();
        var page = new PointPage();
        var scan = new PointScan(fixture.Store, new SeriesSelector("m"u8.ToArray(), TagExpression.All.Instance), range);
        do
        {
            if (random.Next(3) == 0) // a scan goes on in another object as well
                scan = new PointScan(fixture.Store, SeriesSelector.Of(LabelMatcher.Equal("__name__", "m")), range);
            if (random.Next(9) == 0) fixture.Store.Flush();
            scan.Read(page, limit, page.Next);
            Assert.True(page.Count <= limit && (page.Count == limit || page.Next is null));
            Assert.Equal(page.Count, page.Runs.ToArray().Sum(static r => r.Count));
            foreach (PointRun run in page.Runs)
                for (int i = run.First; i < run.First + run.Count; i++)
                    got.Add(new((run.Series.Value, page.Timestamps[i]), run.Family == ValueFamily.String
                        ? Encoding.ASCII.GetString(page.PayloadAt(i)) : page.Values[i].ToString()));
        }
        while (page.Next is not null);
        Assert.Equal(expected, got);
    }

    [Fact]
    public void APageOfLongTextsEndsEarly()
    {
        var store = new FakeSeriesReader();
        SeriesId series = store.Series("m");
        for (int i = 0; i < 40; i++) store.Put(series, i, ValueFamily.Bytes, 0, new byte[1 << 20]);
        var scan = new PointScan(store, SeriesSelector.All, TimeRange.All);
        var page = new PointPage();
        var counts = new List<int>();
        do
        {
            scan.Read(page, 100, page.Next);
            counts.Add(page.Count);
        }
        while (page.Next is not null);
        Assert.Equal([16, 16, 8], counts);
    }

    [Fact]
    public void TheSteadyStateAllocatesLittleMoreThanAView()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("m");
        fixture.Store.AppendRegular(0, series, ValueFamily.Float, 0, 1, new ulong[50_000], new RefusalLog());
        var scan = new PointScan(fixture.Store, SeriesSelector.All, TimeRange.All);
        var page = new PointPage();
        void Round()
        {
            do scan.Read(page, 10_000, page.Next);
            while (page.Next is not null);
        }
        Assert.InRange(AllocatedBytes.LeastOf(Round), 0, 5 * 20_000); // five views and cursors, not 50,000 points
    }
}
