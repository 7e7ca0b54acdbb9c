using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Backups;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>A small data directory with everything in it, and each of its bytes flipped, one at a time: the store opens
/// and has all points; or it says that something is damaged and has the others. Never a wrong value, never a
/// crash.</summary>
public class StoreDamageTests
{
    private const string Data = "/data";

    private readonly StorePoints _written = new(); // and perhaps deleted
    private readonly StorePoints _expected = new();
    private readonly Dictionary<string, byte[]> _files = [];

    public StoreDamageTests()
    {
        var disk = new SimDisk(1);
        using TimeSeriesStore store = On(disk);
        store.Open(startBackground: false);
        for (int round = 0; round < 2; round++)
        {
            Write(round * 3, 3);
            store.Flush();
        }
        store.Compact();
        EveryKind.Delete(store, _expected, 2, 3);
        for (int i = 0; i < 3; i++)
        {
            Write(6 + i, 1);
            store.Step(); // a frame of its own
        }
        foreach (string path in disk.AllFiles)
        {
            byte[] bytes = disk.ReadAll(path);
            if (IsLog(path)) bytes = bytes[..(bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 9)]; // the rest is zeros
            _files.Add(path, bytes);
        }

        void Write(int first, int count) =>
            EveryKind.Write(store, first, count, isBrief: true, _written, _expected);
    }

    [Fact]
    public void EveryFlippedByteIsNoticedOrHarmless()
    {
        Assert.True(Outcome(Fresh(), out int all));
        Assert.Equal(_expected.Count, all);
        int noticed = 0;
        foreach ((string path, byte[] bytes) in _files)
        {
            for (int at = 0; at < bytes.Length; at++)
            {
                SimDisk disk = Fresh();
                disk.Flip(path, at, (byte)(1 << at % 8));
                bool isSound = Outcome(disk, out int count);
                if (!isSound) noticed++;
                Assert.True(!isSound || count == _expected.Count || IsTornTail(path, at),
                    $"{path}, offset {at}: {_expected.Count - count} points are lost without a word");
            }
        }
        Assert.InRange(noticed, 1_000, 10_000);
    }

    /// <summary>Opens the store on this disk, reads everything in both ways, and compares. False when the store said
    /// that something is damaged.</summary>
    private bool Outcome(SimDisk disk, out int count)
    {
        count = 0;
        int found = 0;
        var verifier = new DirectoryVerifier(disk, Data, _ => found++);
        bool isSound = verifier.Run().Problems == 0;
        using TimeSeriesStore store = On(disk);
        try
        {
            store.Open(startBackground: false);
        }
        catch (StoreOpenException)
        {
            Assert.False(isSound);
            return false;
        }
        bool isNoticed = false;
        StorePoints? points = null;
        for (int attempt = 0; points is null; attempt++)
        {
            Assert.True(attempt < 3);
            using SeriesView view = store.OpenView();
            try
            {
                CheckSummaries(view);
                points = StorePoints.Of(view);
            }
            catch (SegmentCorruptException)
            {
                isNoticed = true; // and put aside: the next view is without it
            }
        }
        count = points.Count;
        StoreStatistics now = store.Statistics();
        isNoticed |= now.Quarantined > 0 || now.LogHoles > 0;
        Assert.Null(points.FirstNotIn(isNoticed ? _written : _expected)); // what was deleted may be back
        Assert.True(!isNoticed || !isSound); // verify sees all that the store sees
        // And more: the store never read the row index, say. Then nothing is missing.
        Assert.True(isNoticed || isSound || count == _expected.Count);
        Assert.True(found > 0 || !isNoticed);
        return isSound;
    }

    /// <summary>What the index says of whole pages without their being read.</summary>
    private void CheckSummaries(SeriesView view)
    {
        var ids = new List<SeriesId>();
        view.Select(SeriesSelector.All, TimeRange.All, ids);
        foreach (SeriesId id in ids)
        {
            long count = 0;
            using SeriesCursor cursor = view.Open(id, TimeRange.All, acceptSummaries: true);
            while (cursor.MoveNext()) count += cursor.IsSummary ? cursor.Summary.Count : cursor.Timestamps.Length;
            Assert.InRange(count, 0, _written.CountOf(StorePoints.NameOf(view.KeyOf(id))));
        }
    }

    /// <summary>The log's last frame: damaged it looks as after a power cut.</summary>
    private bool IsTornTail(string path, int at)
    {
        if (!IsLog(path) || path != _files.Keys.Last(IsLog)) return false;
        Assert.True(LogFileName.TryParse(path[(path.LastIndexOf('/') + 1)..], out ulong number));
        using IDiskFile file = Fresh().OpenRead(path);
        var reader = new LogReader(file, path, number);
        long last = 0;
        while (reader.MoveNext()) last = reader.Offset;
        return at >= last;
    }

    private static bool IsLog(string path) => path.EndsWith(".wal", StringComparison.Ordinal);

    private SimDisk Fresh()
    {
        var disk = new SimDisk(1);
        foreach ((string path, byte[] bytes) in _files)
        {
            disk.CreateDirectory(path[..path.LastIndexOf('/')]);
            using IDiskFile file = disk.Create(path);
            file.WriteAt(0, bytes);
        }
        return disk;
    }

    private static TimeSeriesStore On(SimDisk disk) => new(new StoreOptions
    {
        DataDirectory = Data, PagePoints = 4, LogSync = LogSync.Always, LogFileBytes = 4096, ArenaBytes = 8 << 20,
        MinFreeDisk = FreeDiskRule.None, ShardCount = 4, Limits = new Limits { MaxSeries = 100 },
    }, disk, new ManualClock());
}
