using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>The store with its log: what a crash leaves, and what the options say about it.</summary>
public sealed class StoreLogTests : IDisposable
{
    private readonly SimDisk _disk = new(1);
    private readonly RefusalLog _refusals = new();
    private readonly StoreFixture _fixture;

    public StoreLogTests() => _fixture = new StoreFixture(
        static options => options with
        {
            LogSync = LogSync.Always, LogFileBytes = 1 << 20, FlushArenaShare = 0.9,
        }, _disk);

    public void Dispose() => _fixture.Dispose();

    private string[] LogFiles => _disk.ListFiles(_fixture.Data + "/wal");

    [Fact]
    public void AFullDiskAtTheStartKeepsThePointsReadableAndGoesOnByItself()
    {
        var disk = new SimDisk(1);
        using var fixture = new StoreFixture(static o => o with
        {
            DataDirectory = "/data", LogSync = LogSync.Always, FlushPoints = 100,
        }, disk);
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 350; i++)
        {
            fixture.Put(series, i, i);
            if (i % 50 == 49) fixture.Store.Wal!.Step(); // a frame; nothing is in a segment
        }
        fixture.Kill();
        disk.Restart(SimCrash.Kill);
        long capacity = disk.Capacity;
        disk.Capacity -= disk.Space("/data").Free;
        fixture.Open();
        Assert.Equal(350, fixture.Read(fixture.Series("a")).Count);
        Assert.Equal((SinkState.DiskShort, 0), (fixture.Store.State, fixture.Store.Statistics().Segments));
        Assert.Contains("NoSpace", fixture.Store.StateReason);
        fixture.Crash(SimCrash.PowerCut); // the log is still needed
        Assert.Equal(350, fixture.Read(fixture.Series("a")).Count);
        disk.Capacity = capacity;
        fixture.Clock.Advance(TimeSpan.FromSeconds(5));
        for (int i = 0; i < 3; i++) fixture.Store.Step();
        Assert.Equal(SinkState.Ready, fixture.Store.State);
        Assert.NotEqual(0, fixture.Store.Statistics().Segments);
        fixture.Crash(SimCrash.PowerCut);
        Assert.Equal(350, fixture.Read(fixture.Series("a")).Count);
    }

    [Fact]
    public void WhatWasNotFlushedComesFromTheLog()
    {
        SeriesId series = _fixture.Series("a");
        _fixture.Put(series, 1, 1);
        _fixture.Store.Flush();
        _fixture.Put(series, 1, 2);
        _fixture.Put(series, 2, 3);
        _fixture.Store.Step();
        _fixture.Crash(SimCrash.PowerCut);
        Assert.Equal([(1L, Bits(2)), (2L, Bits(3))], _fixture.Read(_fixture.Series("a")));
        Assert.Equal(2, _fixture.Store.Statistics().MemtablePoints);
        _fixture.Reopen();
        Assert.Empty(LogFiles);
        Assert.Equal([(1L, Bits(2)), (2L, Bits(3))], _fixture.Read(_fixture.Series("a")));
    }

    [Fact]
    public void ACleanStopLeavesNoLog()
    {
        _fixture.Put(_fixture.Series("a"), 1, 1);
        _fixture.Store.Step();
        Assert.NotEmpty(LogFiles);
        _fixture.Close();
        Assert.Empty(LogFiles);
    }

    [Fact]
    public void AStopThatCannotFlushLeavesEverythingInTheLog()
    {
        _fixture.Put(_fixture.Series("a"), 1, 1);
        _disk.Faults = new SimFaults { Write = 1, Where = static path => path.Contains("segments") };
        Assert.True(_fixture.Store.Stop()); // nothing is lost
        _disk.Faults = SimFaults.None;
        _fixture.Crash(SimCrash.PowerCut);
        Assert.Equal(1, _fixture.Count(_fixture.Series("a")));
    }

    [Fact]
    public void WithoutALogWhatAFormerOneHasIsReadOnce()
    {
        _fixture.Put(_fixture.Series("a"), 1, 1);
        _fixture.Store.Step();
        _fixture.Options = _fixture.Options with { LogSync = LogSync.Off };
        _fixture.Crash(SimCrash.Kill);
        Assert.Empty(LogFiles);
        Assert.Equal(0, _fixture.Store.Statistics().MemtablePoints);
        Assert.Equal(1, _fixture.Count(_fixture.Series("a")));
        _fixture.Put(_fixture.Series("a"), 2, 2);
        Assert.True(_fixture.Store.KeptThrough > 0);
        Assert.Empty(LogFiles);
    }

    [Fact]
    public void DamageIsSkippedOrRefusedAsToldAndPutAside()
    {
        SeriesId series = _fixture.Series("a");
        for (int i = 0; i < 3; i++)
        {
            _fixture.Put(series, i, i);
            _fixture.Store.Step();
        }
        string path = _fixture.Data + "/wal/" + LogFiles[0];
        using (IDiskFile file = _disk.OpenRead(path))
        {
            var reader = new LogReader(file, path, 1);
            Assert.True(reader.MoveNext() && reader.MoveNext());
            _disk.Flip(path, reader.End - 1, 1);
        }
        _fixture.Options = _fixture.Options with { IsReplayStrict = true };
        StoreOpenException refused =
            Assert.Throws<StoreOpenException>(() => _fixture.Crash(SimCrash.PowerCut));
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Contains("offset", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--wal-replay salvage", refused.Message, StringComparison.Ordinal);

        _fixture.Options = _fixture.Options with { IsReplayStrict = false };
        _disk.Restart(SimCrash.Kill);
        Assert.Equal(2, _fixture.Count(_fixture.Series("a")));
        StoreStatistics now = _fixture.Store.Statistics();
        Assert.Equal(1, now.LogHoles);
        Assert.Contains(path, now.LastError, StringComparison.Ordinal);
        _fixture.Store.Flush();
        Assert.Single(_disk.ListFiles(_fixture.Data + "/quarantine"));
        _fixture.Crash(SimCrash.PowerCut);
        Assert.Equal(0, _fixture.Store.Statistics().LogHoles);
        Assert.Equal(2, _fixture.Count(_fixture.Series("a")));
    }

    [Fact]
    public void ALogThatIsLargerThanTheMemoryIsReadInParts()
    {
        var values = new ulong[20_000];
        for (int i = 0; i < 40; i++)
        {
            for (int k = 0; k < values.Length; k++) values[k] = (ulong)(i * 31 + k);
            _fixture.Store.AppendRegular(1, _fixture.Series("s" + i % 4, ValueFamily.Int), ValueFamily.Int,
                i / 4 * 20_000, 1, values, _refusals);
            _fixture.Store.Step();
        }
        byte[] payload = new byte[100_000];
        for (int i = 0; i < 30; i++)
        {
            _fixture.Put([new EventRow
            {
                Series = _fixture.Series("text", ValueFamily.Bytes), Timestamp = i, Family = ValueFamily.Bytes,
                Bits = new PayloadRef(0, (uint)payload.Length).ToBits(),
            }], payload);
            _fixture.Store.Step();
        }
        Assert.Equal(0, _fixture.Store.Statistics().Segments);
        _fixture.Options = _fixture.Options with { ArenaBytes = 6 << 20 }; // 16 MB of points are in the log
        _fixture.Crash(SimCrash.PowerCut);
        Assert.InRange(_fixture.Store.Statistics().Segments, 3, 30);
        for (int i = 0; i < 4; i++)
            Assert.Equal(200_000, _fixture.Count(_fixture.Series("s" + i, ValueFamily.Int)));
        Assert.Equal(30, _fixture.Count(_fixture.Series("text", ValueFamily.Bytes)));
    }

    [Fact]
    public void ACrashInTheMiddleOfSuchAReadLosesNothing()
    {
        SeriesId series = _fixture.Series("a");
        var values = new ulong[1000];
        for (int i = 0; i < 100; i++)
        {
            for (int k = 0; k < values.Length; k++) values[k] = Bits(i);
            // Half of it again, and newer.
            _fixture.Store.AppendRegular(1, series, ValueFamily.Float, i * 500, 1, values, _refusals);
            _fixture.Store.Step();
        }
        _fixture.Options = _fixture.Options with { FlushPoints = 10_000 };
        int crashes = 0;
        for (long call = 5; ; call += 11)
        {
            _disk.CrashAtCall = 0;
            _fixture.Kill();
            _disk.Restart(SimCrash.PowerCut);
            _disk.CrashAtCall = _disk.Calls + call;
            try
            {
                _fixture.Open();
                break;
            }
            catch (SimCrashException)
            {
                crashes++;
                _disk.Restart(SimCrash.PowerCut);
            }
        }
        _disk.CrashAtCall = 0;
        Assert.InRange(crashes, 5, 1000);
        List<(long Timestamp, ulong Bits)> points = _fixture.Read(_fixture.Series("a"));
        Assert.Equal(50_500, points.Count);
        foreach ((long timestamp, ulong bits) in points) Assert.Equal(Bits(Math.Min(timestamp / 500, 99)), bits);
    }

    [Fact]
    public void AFullDiskRefusesAndResumes()
    {
        SeriesId series = _fixture.Series("a");
        _fixture.Put(series, 1, 1);
        _fixture.Store.Step();
        _disk.Capacity = 0;
        var random = new SimRandom(1);
        var values = new ulong[4000];
        ulong commit = 0;
        for (int i = 0; i < 100 && _fixture.Store.State == SinkState.Ready; i++)
        {
            for (int k = 0; k < values.Length; k++) values[k] = random.Next();
            commit = _fixture.Store.AppendRegular(1, series, ValueFamily.Float, i * 10_000, 1, values, _refusals);
            _fixture.Store.Wal!.Step();
        }
        Assert.Equal(SinkState.DiskShort, _fixture.Store.State);
        Assert.Contains("write-ahead log", _fixture.Store.StateReason, StringComparison.Ordinal);
        Assert.Equal(0, _refusals.Points);
        _fixture.Store.AppendRegular(1, series, ValueFamily.Float, 0, 1, values, _refusals);
        Assert.Equal(RefusalCode.Disk, Assert.Single(_refusals.Runs.ToArray()).Code);
        for (int i = 0; i < 3; i++)
        {
            _fixture.Clock.Advance(TimeSpan.FromSeconds(2));
            _fixture.Store.Step();
        }
        Assert.True(_fixture.Store.KeptThrough < commit);
        Assert.True(_fixture.Count(series) > 4000); // reads go on
        _disk.Capacity = long.MaxValue / 2;
        for (int i = 0; i < 3; i++)
        {
            _fixture.Clock.Advance(TimeSpan.FromSeconds(2));
            _fixture.Store.Step();
        }
        Assert.Equal(SinkState.Ready, _fixture.Store.State);
        Assert.True(_fixture.Store.KeptThrough >= commit);
        _fixture.Put(series, 5, 5);
    }

    [Fact]
    public void ASeriesThatHasAnotherFamilyByNowIsLeftOut()
    {
        _fixture.Put(_fixture.Series("a"), 1, 1);
        _fixture.Store.Step();
        // The same key with another family, as a restored segment would bring it.
        using (var other = new StoreFixture(static o => o with { LogSync = LogSync.Off }))
        {
            SeriesId series = other.Series("a", ValueFamily.Int);
            other.Put([new EventRow { Series = series, Timestamp = 1, Bits = 7, Family = ValueFamily.Int }]);
            other.Store.Flush();
            foreach (string path in System.IO.Directory.GetFiles(other.Segments))
            {
                using IDiskFile file = _disk.Create(_fixture.Segments + "/" + System.IO.Path.GetFileName(path));
                file.WriteAt(0, System.IO.File.ReadAllBytes(path));
            }
        }
        _fixture.Crash(SimCrash.Kill);
        Assert.Equal([(1L, 7UL)], _fixture.Read(_fixture.Series("a", ValueFamily.Int)));
    }

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);
}
