using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>Calls that bring more than memory, or what waits for the log, holds: every point is kept all the same.
/// </summary>
public class StoreRoomTests
{
    private const int Points = 400_000; // 6.4 MB in an arena of 4

    private readonly RefusalLog _refusals = new();

    private static TimeSeriesStore Open(StoreFixture fixture)
    {
        var store = new TimeSeriesStore(fixture.Options, PosixDisk.Instance, TimeProvider.System);
        store.Open();
        return store;
    }

    private static StoreFixture Fixture(bool isLogged, long arena = 4 << 20) => new(o => o with
    {
        LogSync = isLogged ? LogSync.EverySecond : LogSync.Off, ArenaBytes = arena,
        Limits = o.Limits with { MaxHoldBackSeconds = 180 }, // a machine that is very busy flushes slowly
    });

    private static SeriesId Series(TimeSeriesStore store, string name, ValueFamily family = ValueFamily.Float)
    {
        Assert.Equal(RefusalCode.None, store.Resolve(FakeEventSink.WireKey(name), family, out SeriesId series));
        return series;
    }

    private static (long[] Timestamps, ulong[] Values) Columns(int count)
    {
        var timestamps = new long[count];
        var values = new ulong[count];
        var random = new Random(1);
        for (int i = 0; i < count; i++)
        {
            timestamps[i] = i * 10L + random.Next(10);
            values[i] = BitConverter.DoubleToUInt64Bits(random.NextDouble());
        }
        return (timestamps, values);
    }

    private void Check(StoreFixture fixture, params (string Name, int Count)[] expected)
    {
        Assert.Equal(0, _refusals.Points);
        fixture.Open();
        foreach ((string name, int count) in expected) Assert.Equal(count, fixture.Count(fixture.Series(name)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ColumnsAreKept(bool isLogged)
    {
        using StoreFixture fixture = Fixture(isLogged);
        (long[] timestamps, ulong[] values) = Columns(Points);
        using (TimeSeriesStore store = Open(fixture))
        {
            store.AppendColumn(1, Series(store, "a"), ValueFamily.Float, timestamps, values, _refusals);
            store.AppendRegular(1, Series(store, "b"), ValueFamily.Float, 0, 10, values, _refusals);
            var integers = new ulong[Points];
            store.AppendRegular(1, Series(store, "c"), ValueFamily.Int, 0, 10, integers, _refusals); // converted
        }
        Check(fixture, ("a", Points), ("b", Points), ("c", Points));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RowsAndRunsAreKept(bool isLogged)
    {
        using StoreFixture fixture = Fixture(isLogged);
        (long[] timestamps, ulong[] values) = Columns(Points);
        using (TimeSeriesStore store = Open(fixture))
        {
            SeriesId a = Series(store, "a"), b = Series(store, "b"), c = Series(store, "c");
            var rows = new EventRow[Points];
            for (int i = 0; i < Points; i++)
                rows[i] = new EventRow
                {
                    Series = i % 2 == 0 ? a : b, Family = ValueFamily.Float, Timestamp = i, Bits = values[i],
                };
            store.AppendRows(1, rows, default, _refusals);
            // A run longer than a piece between short ones.
            const int Middle = Points / 2;
            var runs = new ColumnRun[201];
            for (int i = 0; i < runs.Length; i++)
                runs[i] = new ColumnRun { Series = c, Family = ValueFamily.Float, Count = Points / 400 };
            runs[100].Count = Middle;
            store.AppendRuns(1, runs, timestamps, values, _refusals);
        }
        Check(fixture, ("a", Points / 2), ("b", Points / 2), ("c", Points));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TextsAreKept(bool isLogged)
    {
        using StoreFixture fixture = Fixture(isLogged, 16 << 20);
        const int Texts = 200, Length = 100_000; // 20 MB
        byte[] payload = Encoding.ASCII.GetBytes(new string('x', Texts * Length));
        using (TimeSeriesStore store = Open(fixture))
        {
            SeriesId series = Series(store, "t", ValueFamily.String);
            var rows = new EventRow[Texts];
            for (int i = 0; i < Texts; i++)
                rows[i] = new EventRow
                {
                    Series = series, Family = ValueFamily.String, Timestamp = i,
                    Bits = new PayloadRef((uint)(i * Length), Length).ToBits(),
                };
            store.AppendRows(1, rows, payload, _refusals);
        }
        Check(fixture, ("t", Texts));
    }

    /// <summary>What may not be kept is refused where it stands, in whatever piece.</summary>
    [Fact]
    public void RefusedPointsAreNamedByTheirPlaceInTheCall()
    {
        using StoreFixture fixture = Fixture(isLogged: true);
        fixture.Options = fixture.Options with { Retention = TimeSpan.FromSeconds(Points) };
        using TimeSeriesStore store = Open(fixture);
        long newest = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        var timestamps = new long[Points];
        for (int i = 0; i < Points; i++) timestamps[i] = newest - i;
        const int Old = Points - 3;
        timestamps[Old] = newest - 2_000_000L * Points;
        var values = new ulong[Points];
        SeriesId series = Series(store, "a");
        store.AppendColumn(1, series, ValueFamily.Float, timestamps, values, _refusals);
        Assert.Equal([new Refusal(Old, 1, RefusalCode.TooOld)], _refusals.Runs.ToArray());
        _refusals.Clear();
        store.AppendRuns(1, [new ColumnRun { Series = series, Family = ValueFamily.Float, Count = Points }], timestamps,
            values, _refusals);
        Assert.Equal([new Refusal(Old, 1, RefusalCode.TooOld)], _refusals.Runs.ToArray());
        Assert.Equal(2 * (Points - 1), store.Statistics().PointsAccepted);
    }

    /// <summary>Without a directory no flush makes room: nobody waits for one.</summary>
    [Fact]
    public void WhatNoFlushMakesRoomForIsRefused()
    {
        using var store = new TimeSeriesStore(new StoreOptions { ArenaBytes = 4 << 20, ShardCount = 4 },
            PosixDisk.Instance, TimeProvider.System);
        store.Open();
        (long[] timestamps, ulong[] values) = Columns(Points);
        store.AppendColumn(1, Series(store, "a"), ValueFamily.Float, timestamps, values, _refusals);
        Assert.InRange(_refusals.Points, 1, Points - 1);
        foreach (Refusal run in _refusals.Runs) Assert.Equal(RefusalCode.Memory, run.Code);
    }
}
