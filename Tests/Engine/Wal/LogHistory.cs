using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Wal;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Wal;

/// <summary>One seed's history: random writes, seals, flushes and restarts on a disk that fails and goes down at any
/// call, and what was promised about each point.</summary>
internal sealed class LogHistory : IDisposable
{
    private const int Series = 9;

    private sealed record Write(string Name, long Timestamp, string Value, ulong Group, ulong Generation);

    private readonly LogRig _rig;
    private readonly SimRandom _random;
    private readonly SimFaults _faults;
    private readonly List<Write> _writes = [];
    private readonly LogContents _safe = new(); // what was there after the last restart
    private readonly List<(int, long, string)> _batch = [];

    public LogHistory(ulong seed, LogSync sync, SimFaults faults)
    {
        _random = new SimRandom(seed);
        _faults = faults;
        _rig = new LogRig(sync, seed, fileBytes: 32 * 1024);
    }

    public void Dispose() => _rig.Dispose();

    /// <summary>Writes for a while, goes down somehow, comes up and compares.</summary>
    public void Live()
    {
        bool isCrash = _random.OneIn(2);
        bool isStopped = false;
        if (!RunUntilCrash(isCrash ? _rig.Disk.Calls + _random.Between(1, 120) : 0, _random.Between(5, 120)) &&
            _random.OneIn(2))
        {
            isStopped = TryStop();
        }
        Restart(isStopped || _random.OneIn(2) ? SimCrash.PowerCut : SimCrash.Kill, everything: isStopped);
    }

    private bool TryStop()
    {
        try
        {
            bool isFlushed = _random.OneIn(2);
            if (isFlushed) _rig.FlushAll();
            bool isStopped = _rig.Log.Stop(isFlushed);
            if (isFlushed) Assert.Empty(_rig.Files);
            return isStopped;
        }
        catch (SimCrashException)
        {
            return false;
        }
    }

    /// <summary>True when it came to the crash.</summary>
    public bool RunUntilCrash(long call, int steps)
    {
        _rig.Disk.CrashAtCall = call;
        _rig.Disk.Faults = _faults;
        try
        {
            for (int step = 0; step < steps; step++) Step();
            return false;
        }
        catch (SimCrashException)
        {
            return true;
        }
        finally
        {
            _rig.Disk.Faults = SimFaults.None;
        }
    }

    public void Restart(SimCrash kind, bool everything = false)
    {
        ulong promised = everything ? ulong.MaxValue
            : kind == SimCrash.Kill ? _rig.Log.KeptThrough : _rig.Log.DurableThrough;
        Assert.True(_rig.Log.DurableThrough <= _rig.Log.KeptThrough);
        _rig.Restart(kind);
        foreach (LogHole hole in _rig.Replayed.Holes) Assert.False(hole.IsProven, hole.ToString());
        Assert.True(_rig.Replayed.LostPoints == 0 || _rig.Replayed.Holes.Count > 0);
        Compare(promised);
    }

    private void Step()
    {
        switch (_random.Below(16))
        {
            case 0: _rig.Seal(); break;
            case 1: _rig.Flush(); break;
            case 2:
                _rig.Clock.Advance(TimeSpan.FromMilliseconds(_random.Below(1500)));
                _rig.Log.Step();
                break;
            case 3: Column(); break;
            case < 6: Rows(_random.Between(1, 200)); break;
            default: Rows(_random.Between(1, 3)); break;
        }
        if (_random.OneIn(2)) _rig.Log.Step();
        // What the store does.
        if (_rig.Log.FlushNeededThrough == 0 || _random.OneIn(2)) return;
        if (_rig.Active.Generation <= _rig.Log.FlushNeededThrough) _rig.Seal();
        _rig.Flush();
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
    }

    private void Rows(int count)
    {
        _batch.Clear();
        long at = _random.Below(500);
        for (int i = 0; i < count; i++)
        {
            int series = count < 5 && _random.OneIn(2) ? 0 : _random.Below(Series);
            string value = LogRig.FamilyOf(series) == ValueFamily.String
                ? new string('x', _random.Below(40)) + _random.Below(1000)
                : LogContents.TextOf(_random.Next() >> _random.Below(60));
            _batch.Add((series, at += _random.Below(3), value));
        }
        _rig.PutRows(_batch.ToArray());
        Note();
    }

    private void Column()
    {
        _batch.Clear();
        int series = _random.Below(4);
        var timestamps = new long[_random.Between(1, 3000)];
        var values = new ulong[timestamps.Length];
        long at = _random.Below(500);
        for (int i = 0; i < values.Length; i++)
        {
            timestamps[i] = at += _random.Below(2);
            values[i] = _random.Next() >> _random.Below(60);
            _batch.Add((series, timestamps[i], LogContents.TextOf(values[i])));
        }
        _rig.PutColumn(series, timestamps, values);
        Note();
    }

    private void Note()
    {
        ulong group = _rig.Log.Request();
        foreach ((int series, long timestamp, string value) in _batch)
            _writes.Add(new Write(LogRig.NameOf(series), timestamp, value, group, _rig.Active.Generation));
    }

    /// <summary>Each point has the last value that was promised, or one that was written later.</summary>
    private void Compare(ulong promised)
    {
        var allowed = new Dictionary<(string, long), HashSet<string?>>();
        foreach ((string name, SortedDictionary<long, string> points) in _safe.Points)
            foreach ((long timestamp, string value) in points) allowed[(name, timestamp)] = [value];
        foreach (Write write in _writes)
        {
            (string, long) key = (write.Name, write.Timestamp);
            bool isSafe = write.Group <= promised || write.Generation <= _rig.FlushedThrough;
            if (write.Generation <= _rig.FlushedThrough) _safe.Put(write.Name, write.Timestamp, write.Value);
            if (isSafe) allowed[key] = [write.Value];
            else if (allowed.TryGetValue(key, out HashSet<string?>? values)) values.Add(write.Value);
            else allowed[key] = [null, write.Value];
        }
        foreach ((string name, SortedDictionary<long, string> points) in _rig.Recovered.Points)
            foreach ((long timestamp, string value) in points) _safe.Put(name, timestamp, value);
        foreach (((string name, long timestamp), HashSet<string?> values) in allowed)
        {
            string? found = _safe.Find(name, timestamp);
            Assert.True(values.Contains(found), $"{name} at {timestamp}: {found ?? "nothing"}");
        }
        foreach ((string name, SortedDictionary<long, string> points) in _rig.Recovered.Points)
            foreach (long timestamp in points.Keys) Assert.True(allowed.ContainsKey((name, timestamp)));
        _writes.Clear();
    }
}
