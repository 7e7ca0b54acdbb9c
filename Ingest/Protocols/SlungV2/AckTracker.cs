using System;

namespace Slungd.Ingest.Protocols.SlungV2;

/// <summary>Which points of a connection may be acknowledged: those whose commits are kept, in order, and those that
/// were named in an ERROR before. Bounded: when too many commits wait, the newest are merged and acknowledged together.
/// </summary>
internal sealed class AckTracker
{
    private const int MaxWaiting = 64; // a power of two

    private (ulong Commit, ulong Below)[] _waiting = [];
    private int _head;
    private int _count;
    private ulong _ackable;

    /// <summary>Every point below this is settled or waits for a commit.</summary>
    public ulong Covered { get; private set; }

    /// <summary>What the last ACK said.</summary>
    public ulong Acked { get; private set; }

    /// <summary>Points wait for their commit.</summary>
    public bool IsWaiting => _count > 0;

    /// <summary>The points below <paramref name="below"/> are kept once <paramref name="commit"/> is; 0 for points that
    /// were refused, which need no commit of their own.</summary>
    public void Cover(ulong commit, ulong below)
    {
        Covered = below;
        if (_count > 0)
        {
            ref (ulong Commit, ulong Below) newest = ref _waiting[(_head + _count - 1) & (MaxWaiting - 1)];
            if (commit <= newest.Commit || _count == MaxWaiting)
            {
                newest = (Math.Max(commit, newest.Commit), below);
                return;
            }
        }
        if (_waiting.Length == 0) _waiting = new (ulong, ulong)[MaxWaiting];
        _waiting[(_head + _count++) & (MaxWaiting - 1)] = (commit, below);
    }

    /// <summary>True when there is something new to acknowledge; it counts as acknowledged from now on.</summary>
    public bool TryTake(ulong keptThrough, out ulong below)
    {
        while (_count > 0 && _waiting[_head].Commit <= keptThrough)
        {
            _ackable = _waiting[_head].Below;
            _head = (_head + 1) & (MaxWaiting - 1);
            _count--;
        }
        below = _ackable;
        if (_ackable == Acked) return false;
        Acked = _ackable;
        return true;
    }
}
