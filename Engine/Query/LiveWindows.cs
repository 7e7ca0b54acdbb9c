using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>The open windows of one live query. A window closes when the clock passes its end by a second; points that
/// come later are counted as late. Not thread-safe: its owner locks.</summary>
internal sealed class LiveWindows
{
    /// <summary>A clock that goes back further than this was wrong before: its windows open again, rather than count
    /// as late until it has come so far again.</summary>
    private const int SetBackSeconds = 60;

    private readonly DslQuery _query;
    private readonly GroupKeys? _groups;
    private readonly Dictionary<Key, int> _open = [];
    private readonly Stack<int> _free = [];
    private readonly List<Key> _due = [];
    private readonly Comparison<Key> _order;
    private readonly long _grace;
    private readonly int _maxOpen;
    private Bucket[] _slots = new Bucket[4];
    private Key _latest;
    private int _latestSlot = -1;
    private long _nextDue = long.MaxValue; // no open window closes before this
    private long _closedThrough; // the latest reading of the clock that windows were closed at
    private ulong _late;

    /// <param name="query">Has windows.</param>
    /// <param name="limits">Bounds the open windows.</param>
    /// <param name="now">The clock in store units: windows closed by now are never opened.</param>
    public LiveWindows(DslQuery query, Limits limits, long now)
    {
        _query = query;
        _groups = query.IsGrouped ? new GroupKeys(query.By) : null;
        _grace = query.Precision.PerSecond();
        _maxOpen = limits.MaxOpenWindowsPerSubscription;
        _closedThrough = now;
        _order = Compare;
    }

    /// <summary>The group of a series, for <see cref="Add"/>.</summary>
    public int GroupOf(SeriesKey series) => _groups?.GroupOf(series) ?? 0;

    /// <summary>Adds a point to its window, or counts it as late. False when there is no room for one more
    /// window.</summary>
    public bool Add(int group, long timestamp, double value)
    {
        Tumbling.Bounds(timestamp, _query.Window, out long first, out long last);
        Key key = new(first, group);
        if (_latestSlot < 0 || key != _latest)
        {
            long due = DueAt(last);
            if (due <= _closedThrough)
            {
                _late++;
                return true;
            }
            if (!_open.TryGetValue(key, out int slot))
            {
                if (_open.Count == _maxOpen) return false;
                slot = _free.Count > 0 ? _free.Pop() : _open.Count;
                if (slot == _slots.Length) Array.Resize(ref _slots, slot * 2);
                _slots[slot] = new Bucket(first);
                _open.Add(key, slot);
                _nextDue = Math.Min(_nextDue, due);
            }
            _latest = key;
            _latestSlot = slot;
        }
        _slots[_latestSlot].Add(_query.Op, timestamp, value);
        return true;
    }

    /// <summary>Closes what is due and adds a message per window to the queue, oldest window first.</summary>
    /// <param name="now">The clock in store units.</param>
    /// <param name="queue">Receives the messages.</param>
    public void Close(long now, LiveQueue queue)
    {
        bool isSetBack = now < _closedThrough - SetBackSeconds * _grace;
        _closedThrough = isSetBack ? now : Math.Max(_closedThrough, now);
        if (_closedThrough < _nextDue) return;
        _nextDue = long.MaxValue;
        foreach (Key key in _open.Keys)
        {
            long due = DueAt(key.Start);
            if (due <= _closedThrough) _due.Add(key);
            else _nextDue = Math.Min(_nextDue, due);
        }
        _due.Sort(_order);
        foreach (Key key in _due)
        {
            _open.Remove(key, out int slot);
            _free.Push(slot);
            queue.Add(MessageOf(key, in _slots[slot]));
        }
        _due.Clear();
        _latestSlot = -1;
    }

    private LiveMessage MessageOf(Key key, in Bucket bucket)
    {
        LiveMessage message = new()
        {
            Kind = LiveMessageKind.Window,
            By = _groups?.ValuesOf(key.Group),
            Timestamp = key.Start,
            Value = bucket.Answer(_query.Op).Number,
            Count = bucket.Count,
            ProducerOrLate = _late,
        };
        _late = 0;
        return message;
    }

    /// <summary>When the window of a timestamp closes: a second after its end; never when that is beyond i64.</summary>
    private long DueAt(long timestamp)
    {
        Tumbling.Bounds(timestamp, _query.Window, out _, out long last);
        return last >= long.MaxValue - 1 - _grace ? long.MaxValue : last + 1 + _grace;
    }

    private int Compare(Key a, Key b)
    {
        if (a.Start != b.Start) return a.Start.CompareTo(b.Start);
        return _groups?.Compare(a.Group, b.Group) ?? 0;
    }

    private readonly record struct Key(long Start, int Group);
}
