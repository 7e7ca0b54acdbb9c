using System;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Native.SkipLists;

/// <summary>Where the skip lists of one shard get their blocks, and what keeps blocks alive for snapshots.
///
/// Snapshots are numbered (epochs) and form a list by age. A block that must change below what a live snapshot saw is
/// copied; the old one is retired, and freed when the last snapshot that may reference it ends. So what is retired is
/// at most what live snapshots reference, however many come and go beside a long one.
///
/// Contract. Every method runs under the shard's lock. Lifetime: until <see cref="Dispose"/>, when all blocks go at
/// once; snapshots must be gone by then (their owner holds the memtable).</summary>
internal sealed unsafe class SkipHeap : IDisposable
{
    private readonly SlabAllocator _slabs;
    private SkipSnapshot? _oldest, _newest;
    private SkipBlock* _retired; // chained by Tower[0]
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
    public bool IsShared(SkipBlock* block, int position) => position < block->SharedCount && IsReferenced(block);

    /// <summary>True when a live snapshot may reference the block.</summary>
    public bool IsReferenced(SkipBlock* block)
    {
        if (_oldest is null || block->SharedLast < _oldest.Epoch) return false;
        SkipSnapshot? snapshot = _newest;
        while (snapshot is not null && snapshot.Epoch > block->SharedLast) snapshot = snapshot.Older;
        return snapshot is not null && snapshot.Epoch >= block->SharedFirst;
    }

    /// <summary>Notes that a snapshot references the block's first <paramref name="count"/> points.</summary>
    public void Share(SkipBlock* block, int count, SkipSnapshot snapshot)
    {
        DebugCheck.That(snapshot == _newest);
        if (IsReferenced(block))
        {
            // An older snapshot may have seen more: a split leaves it the upper points beyond the block's count.
            block->SharedCount = Math.Max(block->SharedCount, count);
        }
        else
        {
            block->SharedFirst = snapshot.Epoch;
            block->SharedCount = count;
        }
        block->SharedLast = snapshot.Epoch;
    }

    /// <summary>Takes a block out of use that is no longer linked: now, or when the snapshots that see it
    /// end.</summary>
    public void Discard(SkipBlock* block)
    {
        if (!IsReferenced(block))
        {
            _slabs.Free((byte*)block, SkipBlock.BytesOf(block->SizeClass));
            return;
        }
        SkipBlock.Tower(block)[0] = _retired;
        _retired = block;
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
        FreeRetired(snapshot.Epoch);
        snapshot.Epoch = 0;
    }

    public void Dispose()
    {
        Invariant.Check(_oldest is null);
        _retired = null;
        RetiredBlocks = 0;
        _slabs.Dispose();
    }

    private void FreeRetired(ulong endedEpoch)
    {
        SkipBlock* kept = null;
        for (SkipBlock* block = _retired; block is not null;)
        {
            SkipBlock* next = SkipBlock.Tower(block)[0];
            bool concerned = endedEpoch >= block->SharedFirst && endedEpoch <= block->SharedLast;
            if (!concerned || IsReferenced(block))
            {
                SkipBlock.Tower(block)[0] = kept;
                kept = block;
            }
            else
            {
                _slabs.Free((byte*)block, SkipBlock.BytesOf(block->SizeClass));
                RetiredBlocks--;
            }
            block = next;
        }
        _retired = kept;
    }
}
