using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Engine.Model;

public class WriteBatchTests
{
    /// <summary>Resolved at once or with others, series are created in the order in which they were begun.</summary>
    [Theory]
    [InlineData("abcd", "")]
    [InlineData("abcd", "c")]
    [InlineData("abcd", "bd")]
    [InlineData("abcda", "cda")]
    public void AtTheLimitTheLastSeriesAreRefused(string order, string atOnce)
    {
        using var fixture = new StoreFixture(static o => o with { Limits = new Limits { MaxSeries = 2 } });
        var batch = new WriteBatch(fixture.Store);
        for (int i = 0; i < order.Length; i++)
        {
            batch.BeginSeries([(byte)order[i]]);
            batch.AddLabel("host"u8, "h"u8);
            if (atOnce.Contains(order[i]))
                Assert.Equal(order[i] > 'b', batch.Resolve(ValueFamily.Float) == SeriesId.None);
            batch.AddFloat(i, i);
        }
        batch.Commit();
        for (int i = 0; i < order.Length; i++)
            Assert.Equal(order[i] > 'b' ? RefusalCode.SeriesLimit : RefusalCode.None, batch.Refusals.CodeOf(i));
        using SeriesView view = fixture.Store.OpenView();
        Assert.Equal(("a", "b"), (view.KeyOf(new SeriesId(0)).Name, view.KeyOf(new SeriesId(1)).Name));
    }

    [Fact]
    public void EveryPointHasItsAnswer()
    {
        using var fixture = new StoreFixture(static o => o with { Limits = new Limits { MaxSeries = 4 } });
        var batch = new WriteBatch(fixture.Store);
        SeriesId known = fixture.Series("known", ValueFamily.Bool);
        batch.AddFloat(1, 1); // 0: of no series
        batch.BeginSeries("cpu"u8);
        batch.AddLabel("host"u8, "a"u8);
        batch.AddLabel("empty"u8, ""u8);
        batch.AddTag("muted"u8);
        batch.AddFloat(1, 1.5); // 1
        batch.AddInt(2, -3); // 2: becomes a float
        batch.AddBool(3, true); // 3: another family
        batch.AddUInt(3, 3); // 4: another family
        batch.BeginSeries("text"u8);
        batch.AddPayload(ValueFamily.String, 1, "one"u8); // 5
        batch.AddPayload(ValueFamily.Bytes, 2, "two"u8); // 6: another family
        batch.AddPayload(ValueFamily.String, 2, ""u8); // 7
        batch.AddPayload(ValueFamily.String, 3, new byte[WriteBatch.MaxValueBytes + 1]); // 8: too long
        batch.BeginSeries(known);
        batch.AddBool(1, true); // 9
        batch.BeginSeries("bad"u8);
        batch.AddLabel("a=b"u8, "c"u8);
        batch.AddTag("more"u8);
        batch.AddFloat(1, 1); // 10: would read as another series
        batch.BeginSeries("empty series"u8); // never created
        batch.BeginSeries("whole"u8);
        batch.AddRefused(RefusalCode.TooNew); // 11: refused by the caller
        batch.AddInt(1, long.MinValue); // 12
        batch.BeginSeries("one too many"u8);
        batch.AddInt(1, 1); // 13
        batch.AddInt(2, 1); // 14
        batch.BeginSeries("cpu"u8);
        batch.AddPayload(ValueFamily.Float, 1, "8 bytes!"u8); // 15: floats have no payload
        batch.BeginSeries("cpu"u8);
        batch.AddTag("muted"u8);
        batch.AddTag("host=a"u8);
        batch.AddFloat(9, 9); // 16: the first series in another order
        ulong commit = batch.Commit();

        Assert.Equal(17, batch.Count);
        string codes = "";
        for (int i = 0; i < batch.Count; i++) codes += (int)batch.Refusals.CodeOf(i) + " ";
        Assert.Equal("1 0 0 4 4 0 4 0 1 0 1 6 0 7 7 1 0 ", codes);
        Assert.Equal(10, batch.Refusals.Points);
        Assert.True(commit > 0 && fixture.Store.KeptThrough >= commit);
        SeriesId cpu = fixture.Series("cpu", ValueFamily.Float, "host=a", "muted");
        Assert.Equal([(1L, Bits(1.5)), (2L, Bits(-3)), (9L, Bits(9))], fixture.Read(cpu));
        Assert.Equal([(1L, 1UL)], fixture.Read(known));
        Assert.Equal([(1L, 1UL << 63)], fixture.Read(fixture.Series("whole", ValueFamily.Int)));
        Assert.Equal(2, fixture.Count(fixture.Series("text", ValueFamily.String)));
        Assert.Equal(4, fixture.Store.Statistics().Series);
    }

    [Fact]
    public void NothingKeptHasNoCommit()
    {
        var batch = new WriteBatch(new FakeEventSink(new FakeSeriesReader()) { OldestAccepted = 10 });
        Assert.Equal(0UL, batch.Commit());
        batch.Clear();
        batch.BeginSeries("a"u8);
        batch.AddInt(1, 1);
        Assert.Equal(0UL, batch.Commit());
        Assert.Equal(RefusalCode.TooOld, batch.Refusals.CodeOf(0));
        batch.Clear();
        batch.BeginSeries("a"u8);
        batch.AddInt(10, 1);
        Assert.NotEqual(0UL, batch.Commit());
        Assert.Equal(0, batch.Refusals.Points);
    }

    /// <summary>Batches larger than what is handed over at once, keys and values too, against a plain list.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AnswersAreThoseOfOnePointAtATime(int seed)
    {
        var random = new Random(seed);
        var sink = new FakeEventSink(new FakeSeriesReader()) { OldestAccepted = 100, MaxSeries = 300 };
        var plain = new FakeEventSink(new FakeSeriesReader()) { OldestAccepted = 100, MaxSeries = 300 };
        var batch = new WriteBatch(sink, 7);
        byte[] value = new byte[100_000];
        for (int round = 0; round < 3; round++)
        {
            var expected = new List<RefusalCode>();
            batch.Clear();
            for (int i = 0; i < 400; i++)
            {
                string name = "s" + random.Next(400) + new string('n', random.Next(10) == 0 ? 20_000 : 0);
                bool isBad = random.Next(20) == 0;
                bool isById = random.Next(5) == 0 & Knows(sink, name, out SeriesId id);
                if (isById) batch.BeginSeries(id);
                else
                {
                    batch.BeginSeries(Encoding.UTF8.GetBytes(name));
                    batch.AddLabel(isBad ? "a=b"u8 : "a"u8, "1"u8);
                }
                for (int n = random.Next(70); n > 0; n--)
                {
                    long timestamp = random.Next(20) == 0 ? 99 : random.Next(100, 1000);
                    bool isPayload = random.Next(40) == 0;
                    ReadOnlySpan<byte> bytes = value.AsSpan(0, random.Next(value.Length));
                    double number = random.Next(100);
                    if (isPayload) batch.AddPayload(ValueFamily.Bytes, timestamp, bytes);
                    else batch.AddFloat(timestamp, number);
                    expected.Add(isBad && !isById ? RefusalCode.Malformed
                        : Write(plain, name, timestamp, isPayload, number, bytes));
                }
            }
            batch.Commit();
            Assert.Equal(expected.Count, batch.Count);
            for (int i = 0; i < expected.Count; i++) Assert.Equal(expected[i], batch.Refusals.CodeOf(i));
        }
        Assert.Equal(7UL, sink.LastProducer);
        Assert.Equal(Show(plain.Store), Show(sink.Store));
    }

    [Fact]
    public void TheSteadyStateAllocatesNothing()
    {
        using var fixture = new StoreFixture();
        var batch = new WriteBatch(fixture.Store);
        long at = 0;
        void Round()
        {
            batch.Clear();
            Span<byte> host = stackalloc byte[2];
            for (int i = 0; i < 100; i++)
            {
                batch.BeginSeries("cpu"u8);
                host[0] = (byte)('a' + i % 10);
                host[1] = (byte)('a' + i / 10);
                batch.AddLabel("host"u8, host);
                batch.AddFloat(++at, i);
                batch.AddInt(++at, i);
                batch.AddBool(++at, true); // refused
            }
            batch.BeginSeries("text"u8);
            batch.AddPayload(ValueFamily.String, ++at, "text"u8);
            batch.Commit();
        }

        Assert.Equal(0, AllocatedBytes.LeastOf(Round));
        Assert.Equal(100, batch.Refusals.Points);
    }

    private static bool Knows(FakeEventSink sink, string name, out SeriesId id)
    {
        id = sink.Store.Series(Encoding.UTF8.GetBytes(name), ["a=1"u8.ToArray()], maxSeries: 0);
        return id != SeriesId.None;
    }

    private static RefusalCode Write(FakeEventSink sink, string name, long timestamp, bool isPayload, double number,
        ReadOnlySpan<byte> bytes)
    {
        ValueFamily family = isPayload ? ValueFamily.Bytes : ValueFamily.Float;
        RefusalCode code = sink.Resolve(FakeEventSink.WireKey(name, "a=1"), family, out SeriesId id);
        if (code != RefusalCode.None) return code;
        var refusals = new RefusalLog();
        ulong bits = family == ValueFamily.Bytes ? new PayloadRef(0, (uint)bytes.Length).ToBits() : Bits(number);
        sink.AppendRows(0, [new EventRow { Series = id, Timestamp = timestamp, Family = family, Bits = bits }], bytes,
            refusals);
        return refusals.CodeOf(0);
    }

    private static string Show(FakeSeriesReader store)
    {
        var text = new StringBuilder();
        using SeriesView view = store.OpenView();
        for (int i = 0; i < store.SeriesCount; i++)
        {
            var id = new SeriesId((uint)i);
            text.Append(CultureInfo.InvariantCulture, $"{view.KeyOf(id).Name} {view.FamilyOf(id)}");
            using SeriesCursor cursor = view.Open(id, TimeRange.All, acceptSummaries: false);
            while (cursor.MoveNext())
                for (int n = 0; n < cursor.Timestamps.Length; n++)
                    text.Append(CultureInfo.InvariantCulture, $" {cursor.Timestamps[n]}={(view.FamilyOf(id).HasPayload()
                        ? (ulong)cursor.PayloadAt(n).Length : cursor.Values[n])}");
            text.Append('\n');
        }
        return text.ToString();
    }

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);
}
