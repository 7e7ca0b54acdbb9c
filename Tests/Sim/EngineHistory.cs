using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Sim;

/// <summary>One seed's history of a whole store: random writes through the sink, flushes, time passing, on a disk that
/// fails and goes down at any call; after each restart all points are compared with a plain model of what was
/// promised.</summary>
internal sealed class EngineHistory : IDisposable
{
    private const int Series = 8;
    private const string Data = "/data";

    private sealed record Write(int Series, long Timestamp, string Value, ulong Commit, ulong Generation);

    private readonly SimRandom _random;
    private readonly SimDisk _disk;
    private readonly SimFaults _faults;
    private readonly StoreOptions _options;
    private readonly ManualClock _clock = new();
    private readonly RefusalLog _refusals = new();
    private readonly List<Write> _writes = [];
    private readonly List<(int Series, long Timestamp, string Value)> _batch = [];
    private readonly Dictionary<(int, long), string> _safe = []; // what was there after the last restart
    private TimeSeriesStore _store = null!;

    public EngineHistory(ulong seed, LogSync sync, SimFaults faults)
    {
        _random = new SimRandom(seed);
        _faults = faults;
        _disk = new SimDisk(seed);
        _options = new StoreOptions
        {
            DataDirectory = Data, ArenaBytes = 32 << 20, ShardCount = 4, PagePoints = 32, LogSync = sync,
            LogFileBytes = 32 * 1024, FlushPoints = _random.Between(50, 5000), HashSeed = seed,
            MinFreeDisk = FreeDiskRule.None, Limits = new Limits { MaxSeries = 100 }, RegistryBytes = 4 << 20,
        };
        Open();
    }

    public void Dispose() => Drop();

    /// <summary>Works for a while, ends somehow, comes up and compares.</summary>
    public void Live()
    {
        bool isCrash = _random.OneIn(2);
        bool isStopped = false;
        _disk.CrashAtCall = isCrash ? _disk.Calls + _random.Between(1, 200) : 0;
        _disk.Faults = _faults;
        if (_faults != SimFaults.None && _random.OneIn(3)) _disk.Capacity = 200_000;
        try
        {
            for (int step = _random.Between(5, 150); step > 0; step--) Step();
            if (_random.OneIn(2)) isStopped = _store.Stop();
        }
        catch (SimCrashException)
        {
            isStopped = false;
        }
        _disk.Faults = SimFaults.None;
        _disk.Capacity = long.MaxValue / 2;
        bool isClean = isStopped && _faults == SimFaults.None;
        if (isClean && _disk.DirectoryExists(Data + "/wal")) Assert.Empty(_disk.ListFiles(Data + "/wal"));
        Restart(_random.OneIn(2) ? SimCrash.Kill : SimCrash.PowerCut, isStopped);
    }

    private void Step()
    {
        switch (_random.Below(12))
        {
            case 0: _store.Step(); break;
            case 1: TryFlush(); break;
            case 2:
                _clock.Advance(TimeSpan.FromMilliseconds(_random.Below(2000)));
                _store.Step();
                break;
            case < 6: Column(_random.Between(1, 300)); break;
            case < 8: Rows(_random.Between(1, 300)); break;
            default: Rows(_random.Between(1, 3)); break;
        }
        if (_random.OneIn(2)) _store.Wal?.Step();
    }

    private void TryFlush()
    {
        try
        {
            _store.Flush();
        }
        catch (DiskException) when (_faults != SimFaults.None)
        {
            // It stays in memory, and is tried again.
        }
    }

    private void Rows(int count)
    {
        _batch.Clear();
        var rows = new EventRow[count];
        var payload = new List<byte>();
        long at = _random.Below(1000);
        for (int i = 0; i < count; i++)
        {
            int series = _random.Below(Series);
            at += _random.Below(3);
            ulong bits = _random.Next() >> _random.Below(60);
            string value = TextOf(bits);
            if (FamilyOf(series).HasPayload())
            {
                value = value[_random.Below(16)..];
                bits = new PayloadRef((uint)payload.Count, (uint)value.Length).ToBits();
                payload.AddRange(Encoding.ASCII.GetBytes(value));
            }
            rows[i] = new EventRow { Series = Id(series), Timestamp = at, Bits = bits, Family = FamilyOf(series) };
            _batch.Add((series, at, value));
        }
        Note(_store.AppendRows(1, rows, payload.ToArray(), Refusals()));
    }

    private void Column(int count)
    {
        _batch.Clear();
        int series = 1 + _random.Below(Series - 1);
        bool isRegular = _random.OneIn(2);
        long start = _random.Below(1000), step = isRegular ? _random.Between(-1, 3) : 0;
        var timestamps = new long[count];
        var values = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            timestamps[i] = isRegular ? start + step * i : start += _random.Below(3);
            values[i] = _random.Next() >> _random.Below(60);
            _batch.Add((series, timestamps[i], TextOf(values[i])));
        }
        Note(isRegular ? _store.AppendRegular(1, Id(series), FamilyOf(series), start, step, values, Refusals())
            : _store.AppendColumn(1, Id(series), FamilyOf(series), timestamps, values, Refusals()));
    }

    /// <summary>A refused batch may yet be there: a writer can't know.</summary>
    private void Note(ulong commit)
    {
        if (_refusals.Points > 0)
        {
            Assert.True(_faults != SimFaults.None);
            Assert.Equal(_batch.Count, _refusals.Points);
            Assert.Equal(RefusalCode.Disk, _refusals.Runs[0].Code);
            return;
        }
        ulong generation = _store.Wal?.LastGeneration ?? 0;
        foreach ((int series, long timestamp, string value) in _batch)
            _writes.Add(new Write(series, timestamp, value, commit, generation));
    }

    private void Restart(SimCrash kind, bool isStopped)
    {
        ulong promised = isStopped ? ulong.MaxValue
            : kind == SimCrash.Kill ? _store.Wal!.KeptThrough : _store.Wal!.DurableThrough;
        ulong flushed = _store.LogThrough;
        Drop();
        _disk.Restart(kind);
        Open();
        Compare(promised, flushed);
    }

    private void Open()
    {
        _store = new TimeSeriesStore(_options, _disk, _clock);
        _store.Open(startBackground: false);
        Assert.Equal(0, _store.Statistics().LogHoles);
        Assert.Equal(0, _store.Statistics().Quarantined);
    }

    /// <summary>The process dies: it writes nothing more, and its memory comes back.</summary>
    private void Drop()
    {
        _disk.GoDown();
        try
        {
            _store.Dispose();
        }
        catch (SimCrashException)
        {
            _store.Dispose();
        }
    }

    /// <summary>Each point has the last value that was promised, or one that was written later.</summary>
    private void Compare(ulong promised, ulong flushed)
    {
        var allowed = new Dictionary<(int, long), HashSet<string?>>();
        foreach (((int, long) key, string value) in _safe) allowed[key] = [value];
        foreach (Write write in _writes)
        {
            (int, long) key = (write.Series, write.Timestamp);
            if (write.Commit <= promised || write.Generation <= flushed) allowed[key] = [write.Value];
            else if (allowed.TryGetValue(key, out HashSet<string?>? values)) values.Add(write.Value);
            else allowed[key] = [null, write.Value];
        }
        _writes.Clear();
        _safe.Clear();
        for (int series = 0; series < Series; series++) ReadAll(series);
        foreach (((int series, long timestamp), HashSet<string?> values) in allowed)
        {
            string? found = _safe.GetValueOrDefault((series, timestamp));
            Assert.True(values.Contains(found), $"series {series} at {timestamp}: {found ?? "nothing"}");
        }
        foreach ((int, long) key in _safe.Keys) Assert.True(allowed.ContainsKey(key));
    }

    private void ReadAll(int series)
    {
        using SeriesView view = _store.OpenView();
        using SeriesCursor cursor = view.Open(Id(series), TimeRange.All, acceptSummaries: false);
        long last = long.MinValue;
        while (cursor.MoveNext())
        {
            for (int i = 0; i < cursor.Timestamps.Length; i++)
            {
                Assert.True(cursor.Timestamps[i] > last);
                last = cursor.Timestamps[i];
                _safe.Add((series, last), FamilyOf(series).HasPayload()
                    ? Encoding.ASCII.GetString(cursor.PayloadAt(i)) : TextOf(cursor.Values[i]));
            }
        }
    }

    private RefusalLog Refusals()
    {
        _refusals.Clear();
        return _refusals;
    }

    private SeriesId Id(int series)
    {
        byte[] key = FakeEventSink.WireKey("series-" + series, "n=" + series % 3);
        Assert.Equal(RefusalCode.None, _store.Resolve(key, FamilyOf(series), out SeriesId id));
        return id;
    }

    private static ValueFamily FamilyOf(int series) => series switch
    {
        0 => ValueFamily.String,
        1 => ValueFamily.Int,
        2 => ValueFamily.UInt,
        _ => ValueFamily.Float,
    };

    private static string TextOf(ulong bits) => bits.ToString("x16", CultureInfo.InvariantCulture);
}
