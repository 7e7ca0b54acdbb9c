using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Sim;

/// <summary>One seed's history of a whole store: random writes through the sink, deletes, flushes, compactions,
/// retention, time passing, on a disk that fails and goes down at any call; while it runs and after each restart all
/// points are compared with a plain model of what was promised.</summary>
internal sealed class EngineHistory : IDisposable
{
    private const int Series = 8;
    private const string Data = "/data";

    private readonly SimRandom _random;
    private readonly SimDisk _disk;
    private readonly SimFaults _faults;
    private readonly StoreOptions _options;
    private readonly EngineModel _model;
    private readonly ManualClock _clock = new();
    private readonly RefusalLog _refusals = new();
    private readonly List<(int Series, long Timestamp, string Value)> _batch = [];
    private int _looks;
    private bool _isDamaged; // bits were flipped: what is lost is lost
    private TimeSeriesStore _store = null!;

    public EngineHistory(ulong seed, LogSync sync, SimFaults faults)
    {
        _random = new SimRandom(seed);
        _faults = faults;
        _disk = new SimDisk(seed);
        long? retention = _random.OneIn(4) ? _random.Between(300, 1500) : null;
        _options = new StoreOptions
        {
            DataDirectory = Data, ArenaBytes = 32 << 20, ShardCount = 4, PagePoints = 32, LogSync = sync,
            LogFileBytes = 32 * 1024, FlushPoints = _random.Between(50, 5000), HashSeed = seed,
            MinFreeDisk = FreeDiskRule.None, Limits = new Limits { MaxSeries = 100 }, RegistryBytes = 4 << 20,
            Retention = retention is { } units ? TimeSpan.FromMicroseconds(units) : null,
            RetentionSize = _random.OneIn(4) ? _random.Between(4_000, 60_000) : null,
        };
        _model = new EngineModel(retention);
        Open();
    }

    public void Dispose() => Drop();

    /// <summary>Works for a while, ends somehow, comes up and compares.</summary>
    /// <param name="flips">Bits of any files are flipped while it is down.</param>
    public void Live(bool flips = false)
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
        Restart(_random.OneIn(2) ? SimCrash.Kill : SimCrash.PowerCut, isStopped, flips);
    }

    private void Step()
    {
        switch (_random.Below(18))
        {
            case 0: _store.Step(); break;
            case 1: Try(_store.Flush); break;
            case 2:
                _clock.Advance(TimeSpan.FromMilliseconds(_random.Below(2000)));
                _store.Step();
                break;
            case 3: CompareLive(); break;
            case 4: Delete(); break;
            case 5: Try(() => _store.CompactOnce(isForced: _random.OneIn(2), isPaced: false)); break;
            case 6: Try(() => _store.CleanOnce(_random.OneIn(2) ? 0 : 0.25, isPaced: false)); break;
            case 7:
                if (_options.RetentionSize is not null) KeepSize();
                else if (_random.OneIn(8)) Try(() => _store.Compact());
                break;
            case < 11: Column(_random.Between(1, 300)); break;
            case < 14: Rows(_random.Between(1, 300)); break;
            default: Rows(_random.Between(1, 3)); break;
        }
        if (_random.OneIn(2)) _store.Wal?.Step();
    }

    /// <summary>What may fail on a failing disk, and on damage. It changes nothing that a reader can see.</summary>
    private bool Try(Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (DiskException) when (_faults != SimFaults.None)
        {
            return false; // it is tried again some time
        }
        catch (SegmentCorruptException) when (_isDamaged)
        {
            return false;
        }
    }

    private void Delete()
    {
        int one = _random.Below(Series), tag = _random.Below(3);
        (Func<int, bool> covers, SeriesSelector selector) = _random.Below(8) switch
        {
            0 => (static _ => true, SeriesSelector.All),
            < 3 => (series => series % 3 == tag,
                new SeriesSelector(null, new TagExpression.Tag(Encoding.ASCII.GetBytes("n=" + tag)))),
            _ => ((Func<int, bool>)(series => series == one),
                new SeriesSelector(Encoding.ASCII.GetBytes("series-" + one), TagExpression.All.Instance)),
        };
        long start = _random.OneIn(8) ? long.MinValue : _random.Between(-10, 1500);
        long end = _random.OneIn(8) ? long.MaxValue
            : Math.Max(start, -10) + _random.Below(_random.OneIn(2) ? 20 : 800);
        _model.BeginDelete(covers, new TimeRange(start, end));
        if (Try(() => Assert.Null(_store.Delete(selector, new TimeRange(start, end)).Refusal))) _model.EndDelete();
    }

    /// <summary>Of what is in memory nothing is cut: so that the model need not know, nothing is.</summary>
    private void KeepSize()
    {
        if (!Try(_store.Flush)) return;
        _model.BeginDelete(static _ => true, default, isCut: true);
        if (!Try(_store.KeepSize)) return;
        string? wrong = _isDamaged ? null : _model.EndCut(ReadAll());
        Assert.True(wrong is null, wrong);
        if (_isDamaged) _model.ForgetDelete();
        else Assert.True(_store.Statistics().SegmentBytes <= _options.RetentionSize ||
            _store.Statistics().Segments == 1);
    }

    private void CompareLive()
    {
        if (++_looks % 4 != 0) return; // reading everything is what takes most of the time here
        Dictionary<(int, long), string> found = ReadAll();
        string? wrong = _isDamaged ? null : _model.CompareLive(found);
        Assert.True(wrong is null, wrong);
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
        bool isRuns = payload.Count == 0 && count % 2 == 0;
        Note(isRuns ? AppendRuns(rows) : _store.AppendRows(1, rows, payload.ToArray(), Refusals()));
    }

    private ulong AppendRuns(EventRow[] rows)
    {
        var runs = new List<ColumnRun>();
        for (int i = 0; i < rows.Length;)
        {
            int end = i + 1;
            while (end < rows.Length && rows[end].Series == rows[i].Series) end++;
            runs.Add(new ColumnRun { Series = rows[i].Series, Family = rows[i].Family, Count = end - i });
            i = end;
        }
        return _store.AppendRuns(1, runs.ToArray(), Array.ConvertAll(rows, static r => r.Timestamp),
            Array.ConvertAll(rows, static r => r.Bits), Refusals());
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

    private void Note(ulong commit)
    {
        var refused = new HashSet<int>();
        foreach (Refusal run in _refusals.Runs)
        {
            for (int i = 0; i < run.Count; i++) refused.Add(run.First + i);
            if (run.Code == RefusalCode.TooOld && _options.Retention is not null) continue;
            Assert.Equal(RefusalCode.Disk, run.Code);
            Assert.True(_faults != SimFaults.None);
            Assert.Equal(_batch.Count, run.Count); // all or nothing
        }
        ulong generation = _store.Wal?.LastGeneration ?? 0;
        for (int i = 0; i < _batch.Count; i++)
        {
            (int series, long timestamp, string value) = _batch[i];
            if (!refused.Contains(i)) _model.Write(series, timestamp, value, commit, generation);
        }
    }

    private void Restart(SimCrash kind, bool isStopped, bool flips)
    {
        ulong promised = isStopped ? ulong.MaxValue
            : kind == SimCrash.Kill ? _store.Wal!.KeptThrough : _store.Wal!.DurableThrough;
        ulong flushed = _store.LogThrough;
        Drop();
        _disk.Restart(kind);
        if (flips) Flip();
        OpenOnFailingDisk();
        Dictionary<(int, long), string> found = ReadAll();
        string? wrong = _isDamaged ? _model.CompareDamaged(found) : _model.CompareRestarted(found, promised, flushed);
        Assert.True(wrong is null, wrong);
    }

    private void Flip()
    {
        _isDamaged = true;
        string[] files = Array.FindAll(_disk.AllFiles, static f => !f.EndsWith("LOCK", StringComparison.Ordinal));
        for (int flips = _random.Between(1, 3); flips > 0; flips--)
        {
            string file = files[_random.Below(files.Length)];
            int length = _disk.ReadAll(file).Length;
            if (length == 0 || file.EndsWith(FormatFile.Name, StringComparison.Ordinal)) continue; // else all is over
            _disk.Flip(file, _random.Below(length), (byte)(1 << _random.Below(8)));
            if (file.EndsWith(TombstoneFile.Name, StringComparison.Ordinal)) _model.AreDeletesDamaged = true;
        }
    }

    /// <summary>While the disk can't be read the store does not open, and nothing gets worse by trying.</summary>
    private void OpenOnFailingDisk()
    {
        if (_random.OneIn(3))
        {
            _disk.Faults = new SimFaults { Read = 0.05, ShortRead = 0.05 };
            bool isOpen = TryOpen();
            _disk.Faults = SimFaults.None;
            if (isOpen) return;
        }
        Open();
    }

    private bool TryOpen()
    {
        try
        {
            Open();
            return true;
        }
        catch (Exception e) when (e is DiskException or StoreOpenException)
        {
            Drop();
            _disk.Restart(SimCrash.Kill);
            return false;
        }
    }

    private void Open()
    {
        _store = new TimeSeriesStore(_options, _disk, _clock);
        _store.Open(startBackground: false);
        if (_isDamaged) return;
        StoreStatistics now = _store.Statistics();
        Assert.True(now is { LogHoles: 0, Quarantined: 0 }, now.LastError);
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

    private Dictionary<(int, long), string> ReadAll()
    {
        while (true)
        {
            try
            {
                var found = new Dictionary<(int, long), string>();
                using SeriesView view = _store.OpenView();
                for (int series = 0; series < Series; series++) Read(view, series, found);
                return found;
            }
            catch (SegmentCorruptException) when (_isDamaged)
            {
                // It is in quarantine now; the next view does without it.
            }
        }
    }

    private void Read(SeriesView view, int series, Dictionary<(int, long), string> into)
    {
        long last = long.MinValue, count = 0, counted = 0;
        using SeriesCursor cursor = view.Open(Id(series), TimeRange.All, acceptSummaries: false);
        while (cursor.MoveNext())
        {
            for (int i = 0; i < cursor.Timestamps.Length; i++)
            {
                Assert.True(cursor.Timestamps[i] > last);
                last = cursor.Timestamps[i];
                count++;
                into.Add((series, last), FamilyOf(series).HasPayload()
                    ? Encoding.ASCII.GetString(cursor.PayloadAt(i)) : TextOf(cursor.Values[i]));
            }
        }
        using SeriesCursor summaries = view.Open(Id(series), TimeRange.All, acceptSummaries: true);
        while (summaries.MoveNext())
            counted += summaries.IsSummary ? summaries.Summary.Count : summaries.Timestamps.Length;
        Assert.Equal(count, counted);
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
