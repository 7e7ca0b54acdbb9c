using System;

namespace Slungd.Engine.Query;

/// <summary>The bounded queue of one subscription, oldest first. What does not fit is counted, and the count stands in
/// the stream where the messages are missing. Grows by doubling, so that quiet subscribers cost little; a queue that
/// has grown allocates nothing more. Not thread-safe: its owner locks.</summary>
internal sealed class LiveQueue(int capacity)
{
    private LiveMessage[] _ring = [];
    private int _first;
    private int _count;
    private long _dropped; // missing after the newest message of the ring

    public bool IsEmpty => _count == 0 && _dropped == 0;

    /// <summary>Messages counted as dropped since the start.</summary>
    public long DroppedTotal { get; private set; }

    public void Add(in LiveMessage message)
    {
        if (_dropped > 0)
        {
            // The gap takes a slot of its own, in front of the message that follows it.
            if (_count + 2 > capacity)
            {
                Drop();
                return;
            }
            Append(new LiveMessage { Kind = LiveMessageKind.Dropped, Count = _dropped });
            _dropped = 0;
        }
        if (_count == capacity) Drop();
        else Append(message);
    }

    /// <summary>Counts something that will never be a message.</summary>
    public void Drop()
    {
        _dropped++;
        DroppedTotal++;
    }

    public bool TryTake(out LiveMessage message)
    {
        if (_count > 0)
        {
            ref LiveMessage slot = ref _ring[_first];
            message = slot;
            slot = default; // lets go of the series
            _first = (_first + 1) & (_ring.Length - 1);
            _count--;
            return true;
        }
        message = new LiveMessage { Kind = LiveMessageKind.Dropped, Count = _dropped };
        _dropped = 0;
        return message.Count > 0;
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
