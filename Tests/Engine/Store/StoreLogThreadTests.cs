using System;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.EndToEnd;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>The log with its thread, on the real disk.</summary>
public class StoreLogThreadTests
{
    private static TimeSeriesStore Open(StoreFixture fixture)
    {
        var store = new TimeSeriesStore(fixture.Options, PosixDisk.Instance, TimeProvider.System);
        store.Open();
        return store;
    }

    private static StoreFixture Fixture(LogSync sync) =>
        new(o => o with { LogSync = sync, LogFileBytes = 1 << 20, FlushPoints = 50_000 });

    [Fact]
    public void EveryCommitIsKeptAndReported()
    {
        foreach (LogSync sync in new[] { LogSync.Always, LogSync.EverySecond })
        {
            using StoreFixture fixture = Fixture(sync);
            using var kept = new AutoResetEvent(false);
            using TimeSeriesStore store = Open(fixture);
            store.OnKept(() => kept.Set());
            store.Resolve(Fakes.FakeEventSink.WireKey("a"), ValueFamily.Float, out SeriesId series);
            var refusals = new RefusalLog();
            for (int i = 0; i < 200; i++)
            {
                ulong commit = store.AppendColumn(1, series, ValueFamily.Float, [i], [1], refusals);
                while (store.KeptThrough < commit) Assert.True(kept.WaitOne(Patience.Limit));
            }
            Assert.True(sync != LogSync.Always || store.Wal!.DurableThrough == store.KeptThrough);
        }
    }

    [Fact]
    public void ManyWritersFlushesAndCompactionsGoOnBesideTheLog()
    {
        using StoreFixture fixture = Fixture(LogSync.EverySecond);
        const int Writers = 3, Batches = 300;
        using (TimeSeriesStore store = Open(fixture))
        {
            var threads = new Thread[Writers];
            for (int i = 0; i < Writers; i++)
            {
                int writer = i;
                threads[i] = new Thread(() => Write(store, writer, Batches));
                threads[i].Start();
            }
            foreach (Thread thread in threads) thread.Join();
        }
        Assert.Empty(System.IO.Directory.GetFiles(fixture.Data + "/wal"));
        fixture.Open();
        for (int i = 0; i < Writers; i++)
            for (int k = 0; k < 10; k++)
                Assert.Equal(Batches * 20, fixture.Count(fixture.Series($"w{i}-{k}")));
    }

    /// <summary>What one call brings is larger than the log's staging room, and than the memory for points: it waits
    /// for both.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ColumnsOfAnySizeAreKept(bool isRegular)
    {
        const int Points = 400_000;
        using StoreFixture fixture = Small();
        using TimeSeriesStore store = Open(fixture);
        store.Resolve(Fakes.FakeEventSink.WireKey("a"), ValueFamily.Float, out SeriesId series);
        var refusals = new RefusalLog();
        var values = new ulong[Points];
        var timestamps = new long[Points];
        for (int i = 0; i < Points; i++) timestamps[i] = 3L * i;
        if (isRegular) store.AppendRegular(1, series, ValueFamily.Float, 0, 3, values, refusals);
        else store.AppendColumn(1, series, ValueFamily.Float, timestamps, values, refusals);
        Assert.Equal(0, refusals.Points);
        store.Stop();
        Assert.Equal(Points, store.Statistics().PointsAccepted);
        store.Dispose();
        fixture.Open();
        Assert.Equal(Points, fixture.Count(fixture.Series("a")));
    }

    [Fact]
    public void TextsOfAnySizeAreKept()
    {
        const int Texts = 20, Bytes = 500_000, Calls = 3;
        using StoreFixture fixture = Small();
        using TimeSeriesStore store = Open(fixture);
        store.Resolve(Fakes.FakeEventSink.WireKey("a"), ValueFamily.String, out SeriesId series);
        var refusals = new RefusalLog();
        byte[] payload = new byte[Texts * Bytes];
        var rows = new EventRow[Texts];
        for (int call = 0; call < Calls; call++)
        {
            for (int i = 0; i < Texts; i++)
                rows[i] = new EventRow
                {
                    Series = series, Timestamp = call * Texts + i, Family = ValueFamily.String,
                    Bits = new PayloadRef((uint)(i * Bytes), Bytes).ToBits(),
                };
            store.AppendRows(0, rows, payload, refusals);
        }
        Assert.Equal(0, refusals.Points);
        store.Dispose();
        fixture.Open();
        Assert.Equal(Texts * Calls, fixture.Count(fixture.Series("a", ValueFamily.String)));
    }

    /// <summary>A machine that is very busy may flush slowly.</summary>
    private static StoreFixture Small() => new(static o => o with
    {
        LogSync = LogSync.EverySecond, ArenaBytes = 4 << 20, Limits = o.Limits with { MaxHoldBackSeconds = 180 },
    });

    [Fact]
    public void AppendsAllocateNothingWithALog()
    {
        using StoreFixture fixture = Fixture(LogSync.EverySecond);
        using TimeSeriesStore store = Open(fixture);
        var refusals = new RefusalLog();
        var rows = new EventRow[1000];
        var timestamps = new long[1000];
        var values = new ulong[1000];
        var series = new SeriesId[50];
        for (int i = 0; i < series.Length; i++)
            store.Resolve(Fakes.FakeEventSink.WireKey("s" + i), ValueFamily.Float, out series[i]);
        long at = 0;
        void Round()
        {
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = new EventRow
                {
                    Series = series[i % 50], Timestamp = at + i, Family = ValueFamily.Float, Bits = (ulong)i,
                };
                timestamps[i] = at + i;
            }
            at += rows.Length;
            store.AppendRows(1, rows, default, refusals);
            store.AppendColumn(1, series[1], ValueFamily.Float, timestamps, values, refusals);
            store.AppendRegular(1, series[3], ValueFamily.Float, at, 1, values, refusals);
        }
        for (int i = 0; i < 50; i++) Round();
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            for (int i = 0; i < 50; i++) Round();
        }));
        Assert.Equal(0, refusals.Points);
    }

    private static void Write(TimeSeriesStore store, int writer, int batches)
    {
        var refusals = new RefusalLog();
        var rows = new EventRow[200];
        for (int batch = 0; batch < batches; batch++)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                byte[] key = Fakes.FakeEventSink.WireKey($"w{writer}-{i % 10}");
                store.Resolve(key, ValueFamily.Float, out SeriesId series);
                rows[i] = new EventRow
                {
                    Series = series, Timestamp = batch * 1000 + i, Bits = (ulong)i, Family = ValueFamily.Float,
                };
            }
            store.AppendRows((ulong)writer, rows, default, refusals);
        }
        Assert.Equal(0, refusals.Points);
    }
}
