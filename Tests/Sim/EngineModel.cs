using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Tests.Sim;

/// <summary>What a store was told, and what may be in it therefore: the plain model of <see cref="EngineHistory"/>.
/// </summary>
internal sealed class EngineModel
{
    private readonly record struct Key(int Series, long Timestamp);

    /// <param name="Value">Null: a delete.</param>
    private sealed record Operation(Key At, string? Value, ulong Commit, ulong Generation)
    {
        public Func<int, bool> Covers { get; init; } = static _ => false;
        public TimeRange Range { get; set; }
        public bool IsDone { get; set; }
        public bool IsCut { get; init; } // of all series, up to a time that the store chose
    }

    private readonly List<Operation> _operations = []; // since the last restart
    private readonly HashSet<(Key, string)> _written = []; // ever
    private readonly HashSet<(Key, string)> _undeleted = []; // of those the ones not surely deleted since
    private readonly long? _retention;
    private Dictionary<Key, string> _safe = []; // what was there after the last restart
    private Dictionary<Key, string> _live = []; // what there is now
    private long _newest = long.MinValue;
    private Operation? _running;

    public EngineModel(long? retention) => _retention = retention;

    /// <summary>Deletes may be undone: the file that knows of them is damaged.</summary>
    public bool AreDeletesDamaged { get; set; }

    public void Write(int series, long timestamp, string value, ulong commit, ulong generation)
    {
        var key = new Key(series, timestamp);
        _operations.Add(new Operation(key, value, commit, generation));
        _live[key] = value;
        _newest = Math.Max(_newest, timestamp);
        _written.Add((key, value));
        _undeleted.Add((key, value));
    }

    /// <summary>A delete begins; unless <see cref="EndDelete"/> follows nobody knows whether it happened.</summary>
    public void BeginDelete(Func<int, bool> covers, TimeRange range, bool isCut = false) =>
        _operations.Add(_running =
            new Operation(default, null, 0, 0) { Covers = covers, Range = range, IsCut = isCut });

    public void EndDelete()
    {
        _running!.IsDone = true;
        foreach (Key key in new List<Key>(_live.Keys)) if (IsCovered(_running, key)) _live.Remove(key);
        _undeleted.RemoveWhere(entry => IsCovered(_running, entry.Item1));
    }

    /// <summary>A cut that took nothing.</summary>
    public void ForgetDelete() => _operations.Remove(_running!);

    /// <summary>After the store has cut what is old: it took everything up to some time, and nothing else.</summary>
    public string? EndCut(Dictionary<(int, long), string> found)
    {
        long last = long.MinValue;
        foreach (Key key in _live.Keys)
            if (MustShow(key) && !found.ContainsKey((key.Series, key.Timestamp))) last = Math.Max(last, key.Timestamp);
        if (last == long.MinValue)
        {
            ForgetDelete();
            return CompareLive(found);
        }
        _running!.Range = new TimeRange(long.MinValue, last);
        EndDelete();
        return CompareLive(found);
    }

    /// <summary>Null, or what is not as it should be while the store runs.</summary>
    public string? CompareLive(Dictionary<(int, long), string> found)
    {
        foreach ((Key key, string value) in _live)
        {
            string? there = found.GetValueOrDefault((key.Series, key.Timestamp));
            if (there != value && MustShow(key)) return Difference(key, there, value);
        }
        foreach ((int series, long timestamp) in found.Keys)
        {
            var key = new Key(series, timestamp);
            if (!_live.ContainsKey(key) && MustShow(key)) return Difference(key, found[(series, timestamp)], null);
        }
        return null;
    }

    /// <summary>Null, or what is not as it should be after a restart. Of the deletes that nobody was told of one may
    /// have happened, as a whole.</summary>
    /// <param name="found">All that is there.</param>
    /// <param name="promised">Commits up to this one must be there.</param>
    /// <param name="flushed">And generations up to this one.</param>
    public string? CompareRestarted(Dictionary<(int, long), string> found, ulong promised, ulong flushed)
    {
        string? wrong = Compare(found, promised, flushed, null, out long lastMissing);
        foreach (Operation operation in _operations)
        {
            if (wrong is null) break;
            if (operation.Value is not null || operation.IsDone) continue;
            if (operation.IsCut) operation.Range = new TimeRange(long.MinValue, lastMissing);
            if (Compare(found, promised, flushed, operation, out _) is null) wrong = null;
        }
        Restart(found);
        return wrong;
    }

    /// <summary>Null, or a value that nobody ever wrote, or that was deleted. After damage anything may be lost, and
    /// what was overwritten may come back.</summary>
    public string? CompareDamaged(Dictionary<(int, long), string> found)
    {
        foreach (((int series, long timestamp), string value) in found)
        {
            var key = new Key(series, timestamp);
            HashSet<(Key, string)> possible = AreDeletesDamaged ? _written : _undeleted;
            if (!possible.Contains((key, value))) return Difference(key, value, null);
        }
        Restart(found);
        return null;
    }

    private string? Compare(Dictionary<(int, long), string> found, ulong promised, ulong flushed, Operation? happened,
        out long lastMissing)
    {
        Dictionary<Key, HashSet<string?>> allowed = Allowed(promised, flushed, happened);
        string? wrong = null;
        lastMissing = long.MinValue;
        foreach ((Key key, HashSet<string?> values) in allowed)
        {
            string? there = found.GetValueOrDefault((key.Series, key.Timestamp));
            if (values.Contains(there) || !MustShow(key)) continue;
            wrong ??= Difference(key, there, string.Join(" or ", values));
            if (there is null) lastMissing = Math.Max(lastMissing, key.Timestamp);
        }
        foreach (((int series, long timestamp), string value) in found)
        {
            var key = new Key(series, timestamp);
            if (!allowed.ContainsKey(key) && MustShow(key)) wrong ??= Difference(key, value, null);
        }
        return wrong;
    }

    /// <summary>Each point has the last value that was promised, or one that was written later; null: none.</summary>
    private Dictionary<Key, HashSet<string?>> Allowed(ulong promised, ulong flushed, Operation? happened)
    {
        var allowed = new Dictionary<Key, HashSet<string?>>();
        foreach ((Key key, string value) in _safe) allowed[key] = [value];
        foreach (Operation operation in _operations)
        {
            if (operation.Value is { } value)
            {
                bool isPromised = operation.Commit <= promised || operation.Generation <= flushed;
                if (!allowed.TryGetValue(operation.At, out HashSet<string?>? values))
                    allowed.Add(operation.At, values = [null]);
                if (isPromised) values.Clear();
                values.Add(value);
                continue;
            }
            if (!operation.IsDone && operation != happened) continue;
            foreach (Key key in new List<Key>(allowed.Keys)) if (IsCovered(operation, key)) allowed[key] = [null];
        }
        return allowed;
    }

    private void Restart(Dictionary<(int, long), string> found)
    {
        _operations.Clear();
        _safe = [];
        foreach (((int series, long timestamp), string value) in found) _safe[new Key(series, timestamp)] = value;
        _live = new Dictionary<Key, string>(_safe);
    }

    private static bool IsCovered(Operation delete, Key key) =>
        delete.Covers(key.Series) && delete.Range.Contains(key.Timestamp);

    /// <summary>What may be expired may be shown or not: after a crash the newest point can be an older one, and points
    /// come to light that were hidden.</summary>
    private bool MustShow(Key key) => _retention is not { } units || key.Timestamp >= _newest - units;

    private static string Difference(Key key, string? found, string? expected) =>
        $"series {key.Series} at {key.Timestamp}: {found ?? "nothing"} instead of {expected ?? "nothing"}";
}
