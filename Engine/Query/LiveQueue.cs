using System;

namespace Slungd.Engine.Query;

/// <summary>The bounded queue of one subscription, oldest first. When it is full the oldest message gives way: it is
/// counted, and the count stands in the stream in front of what is left. Grows by doubling, so that quiet subscribers
/// cost little; a queue that has grown allocates nothing more. Not thread-safe: its owner locks.</summary>
internal sealed class LiveQueue(int capacity)
{
    private LiveMessage[] _ring = [];
    private int _first;
    private int _count;
    private long _dropped; // missing before the oldest message of the ring, and not yet told
    private bool _hasTold; // of a gap, and nothing else since

    /// <summary>Messages that wait.</summary>
    public int Count => _count;

    public bool IsEmpty => _count == 0 && _dropped == 0;

    /// <summary>Messages counted as dropped since the start.</summary>
    public long DroppedTotal { get; private set; }

    public void Add(in LiveMessage message)
    {
        if (_count == capacity)
        {
            TakeOldest();
            Drop();
        }
        Append(message);
    }

    /// <summary>Counts something that will never be a message.</summary>
    public void Drop()
    {
        _dropped++;
        DroppedTotal++;
    }

    public bool TryTake(out LiveMessage message)
    {
        // A message at least between two gaps: else a queue that overflows all the time would tell of nothing else.
        if (_dropped > 0 && (!_hasTold || _count == 0))
        {
            message = new LiveMessage { Kind = LiveMessageKind.Dropped, Count = _dropped };
            _dropped = 0;
            _hasTold = true;
            return true;
        }
        _hasTold = false;
        bool isThere = _count > 0;
        message = isThere ? TakeOldest() : default;
        return isThere;
    }

    private LiveMessage TakeOldest()
    {
        ref LiveMessage slot = ref _ring[_first];
        LiveMessage message = slot;
        slot = default; // lets go of the series
        _first = (_first + 1) & (_ring.Length - 1);
        _count--;
        return message;
    }

    private void Append(in LiveMessage message)
    {
        if (_count == _ring.Length) Grow();
        _ring[(_first + _count++) & (_ring.Length - 1)] = message;
    }

    private void Grow()
    {
        LiveMessage[] grown = new LiveMessage[Math.Max(16, _ring.Length * 2)]; // a power of two
        for (int i = 0; i < _count; i++) grown[i] = _ring[(_first + i) & (_ring.Length - 1)];
        _ring = grown;
        _first = 0;
    }
}
