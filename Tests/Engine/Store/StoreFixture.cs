using System;
using System.Collections.Generic;
using System.IO;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>A store on a temporary directory, without its background thread, that can be closed and opened
/// again.</summary>
internal sealed class StoreFixture : IDisposable
{
    private readonly RefusalLog _refusals = new();
    private TimeSeriesStore? _store;

    public StoreFixture(Func<StoreOptions, StoreOptions>? configure = null, IDisk? disk = null)
    {
        Root = Directory.CreateTempSubdirectory("slungd-store-").FullName;
        Disk = disk ?? PosixDisk.Instance;
        var options = new StoreOptions
        {
            DataDirectory = Root + "/data", ArenaBytes = 32 << 20, ShardCount = 4, PagePoints = 32,
            LogSync = LogSync.Off, // tests of the log turn it on
            MinFreeDisk = FreeDiskRule.None, Limits = new Limits { MaxSeries = 10_000 },
        };
        Options = configure is null ? options : configure(options);
    }

    public string Root { get; }

    public string Data => Root + "/data";

    public string Segments => Root + "/data/segments";

    public IDisk Disk { get; }

    public StoreOptions Options { get; set; }

    public ManualClock Clock { get; } = new();

    public TimeSeriesStore Store => _store ?? Open();

    public TimeSeriesStore Open()
    {
        Assert.Null(_store);
        var store = new TimeSeriesStore(Options, Disk, Clock);
        try
        {
            store.Open(startBackground: false);
        }
        catch
        {
            store.Dispose();
            throw;
        }
        return _store = store;
    }

    /// <summary>As a clean shutdown.</summary>
    public void Close()
    {
        _store?.Dispose();
        _store = null;
    }

    /// <summary>The process dies; on a simulated disk only. Its memory comes back.</summary>
    public void Kill()
    {
        ((SimDisk)Disk).GoDown();
        try
        {
            _store?.Dispose();
        }
        catch (SimCrashException)
        {
            _store!.Dispose();
        }
        _store = null;
    }

    /// <summary>The process or the machine dies, and the store is opened again.</summary>
    public void Crash(SimCrash kind)
    {
        Kill();
        ((SimDisk)Disk).Restart(kind);
        Open();
    }

    public void Reopen()
    {
        Close();
        Open();
    }

    public SeriesId Series(string name, ValueFamily family = ValueFamily.Float, params string[] tags)
    {
        RefusalCode code = Store.Resolve(FakeEventSink.WireKey(name, tags), family, out SeriesId id);
        Assert.Equal(RefusalCode.None, code);
        return id;
    }

    public void Put(SeriesId series, long timestamp, double value) =>
        Put([new EventRow
        {
            Series = series, Timestamp = timestamp, Family = ValueFamily.Float,
            Bits = BitConverter.DoubleToUInt64Bits(value),
        }]);

    public void Put(ReadOnlySpan<EventRow> rows, byte[]? payload = null)
    {
        _refusals.Clear();
        Store.AppendRows(1, rows, payload ?? [], _refusals);
        Assert.Equal(0, _refusals.Points);
    }

    /// <summary>The points of a series as the reader gives them, after a check of the reader's promises.</summary>
    public List<(long Timestamp, ulong Bits)> Read(SeriesId series, TimeRange? range = null)
    {
        var points = new List<(long, ulong)>();
        using SeriesView view = Store.OpenView();
        using SeriesCursor cursor = view.Open(series, range ?? TimeRange.All, acceptSummaries: false);
        long last = 0;
        while (cursor.MoveNext())
        {
            Assert.False(cursor.IsSummary);
            ReadOnlySpan<long> timestamps = cursor.Timestamps;
            Assert.NotEqual(0, timestamps.Length);
            Assert.Equal(timestamps.Length, cursor.Values.Length);
            for (int i = 0; i < timestamps.Length; i++)
            {
                Assert.True(points.Count == 0 || timestamps[i] > last);
                last = timestamps[i];
                points.Add((last, cursor.Values[i]));
            }
        }
        Assert.False(cursor.MoveNext());
        return points;
    }

    public long Count(SeriesId series)
    {
        using SeriesView view = Store.OpenView();
        using SeriesCursor cursor = view.Open(series, TimeRange.All, acceptSummaries: true);
        long count = 0;
        while (cursor.MoveNext()) count += cursor.IsSummary ? cursor.Summary.Count : cursor.Timestamps.Length;
        return count;
    }

    public void Dispose()
    {
        Close();
        Directory.Delete(Root, recursive: true);
    }
}
