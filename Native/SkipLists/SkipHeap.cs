using System;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Native.SkipLists;

/// <summary>Where the skip lists of one shard get their blocks, and what keeps blocks alive for snapshots.
///
/// Snapshots are numbered (epochs) and form a list by age. A block that must change below what a live snapshot saw is
/// copied; the old one is retired with the number of the newest snapshot, and freed when no snapshot that old is alive.
///
/// Contract. Every method runs under the shard's lock. Lifetime: until <see cref="Dispose"/>, when all blocks go at
/// once; snapshots must be gone by then (their owner holds the memtable).</summary>
internal sealed unsafe class SkipHeap : IDisposable
{
    private readonly SlabAllocator _slabs;
    private SkipSnapshot? _oldest, _newest;
    private SkipBlock* _retiredHead, _retiredTail; // oldest stamp first, chained by Tower[0]
    private ulong _epoch;
    private ulong _random = 0x9E3779B97F4A7C15;

    public SkipHeap(Arena arena)
    {
        Arena = arena;
        _slabs = new SlabAllocator(arena);
    }

    public Arena Arena { get; }

    /// <summary>Bytes of slabs held.</summary>
    public long SlabBytes => _slabs.SlabBytes;

    /// <summary>Writes that replaced a point of the same timestamp.</summary>
    public long Overwrites { get; set; }

    /// <summary>Blocks that wait for a snapshot to end.</summary>
    public int RetiredBlocks { get; private set; }

    /// <summary>The number of the oldest live snapshot; the largest number when there is none.</summary>
    public ulong OldestEpoch { get; private set; } = ulong.MaxValue;

    public SlabAllocator Slabs => _slabs;

    /// <summary>A height by p = 1/4, at most <see cref="SkipBlock.MaxHeight"/>.</summary>
    public int NextHeight()
    {
        _random ^= _random << 13; // xorshift64 (Marsaglia 2003)
        _random ^= _random >> 7;
        _random ^= _random << 17;
        int height = 1 + System.Numerics.BitOperations.TrailingZeroCount(_random) / 2;
        return Math.Min(height, SkipBlock.MaxHeight);
    }

    /// <summary>An empty block, or null when the arena has no more.</summary>
    public SkipBlock* TryNewBlock(int sizeClass, int height)
    {
        SkipBlock* block = (SkipBlock*)_slabs.TryAllocate(SkipBlock.BytesOf(sizeClass));
        if (block is not null) SkipBlock.Format(block, sizeClass, height);
        return block;
    }

    /// <summary>True when a live snapshot may read the points at or after <paramref name="position"/>.</summary>
    public bool IsShared(SkipBlock* block, int position) =>
        block->SharedEpoch >= OldestEpoch && position < block->SharedCount;

    /// <summary>Takes a block out of use that is no longer linked: now, or when the snapshots that see it
    /// end.</summary>
    public void Discard(SkipBlock* block)
    {
        if (!IsShared(block, 0))
        {
            _slabs.Free((byte*)block, SkipBlock.BytesOf(block->SizeClass));
            return;
        }
        block->SharedEpoch = _epoch;
        SkipBlock.Tower(block)[0] = null;
        if (_retiredTail is null) _retiredHead = block;
        else SkipBlock.Tower(_retiredTail)[0] = block;
        _retiredTail = block;
        RetiredBlocks++;
    }

    /// <summary>Numbers a snapshot and keeps what it will reference.</summary>
    public void Begin(SkipSnapshot snapshot)
    {
        DebugCheck.That(snapshot.Epoch == 0);
        snapshot.Epoch = ++_epoch;
        snapshot.Older = _newest;
        snapshot.Newer = null;
        if (_newest is null) _oldest = snapshot;
        else _newest.Newer = snapshot;
        _newest = snapshot;
        OldestEpoch = _oldest!.Epoch;
    }

    /// <summary>Ends a snapshot and frees what only it kept.</summary>
    public void End(SkipSnapshot snapshot)
    {
        Invariant.Check(snapshot.Epoch != 0);
        if (snapshot.Older is null) _oldest = snapshot.Newer;
        else snapshot.Older.Newer = snapshot.Newer;
        if (snapshot.Newer is null) _newest = snapshot.Older;
        else snapshot.Newer.Older = snapshot.Older;
        snapshot.Older = snapshot.Newer = null;
        snapshot.Epoch = 0;
        OldestEpoch = _oldest?.Epoch ?? ulong.MaxValue;
        while (_retiredHead is not null && _retiredHead->SharedEpoch < OldestEpoch)
        {
            SkipBlock* block = _retiredHead;
            _retiredHead = SkipBlock.Tower(block)[0];
            if (_retiredHead is null) _retiredTail = null;
            RetiredBlocks--;
            _slabs.Free((byte*)block, SkipBlock.BytesOf(block->SizeClass));
        }
    }

    public void Dispose()
    {
        Invariant.Check(_oldest is null);
        _retiredHead = _retiredTail = null;
        RetiredBlocks = 0;
        _slabs.Dispose();
    }
}
