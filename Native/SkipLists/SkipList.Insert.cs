using System;
using System.Runtime.CompilerServices;
using Slungd.Native.Checks;

namespace Slungd.Native.SkipLists;

/// <summary>Points that do not go to the end: overwrite, insert between, grow, split, copy on write.</summary>
internal unsafe partial struct SkipList
{
    /// <summary>Stores strictly ascending points, the first not newer than the newest stored. Returns how many were
    /// kept.</summary>
    private int InsertRun(SkipHeap heap, long* timestamps, ulong* values, int count)
    {
        int done = 0;
        while (done < count)
        {
            if (timestamps[done] > _last)
                return done + AppendRun(heap, timestamps + done, values + done, count - done);
            int kept = InsertSome(heap, timestamps + done, values + done, count - done);
            if (kept == 0) break;
            done += kept;
        }
        return done;
    }

    /// <summary>Stores the first of the points, and those after it that belong to the same gap as far as they fit.
    /// Returns how many; 0: out of memory.</summary>
    private int InsertSome(SkipHeap heap, long* timestamps, ulong* values, int count)
    {
        DebugCheck.That(!IsEmpty);
        _tail->Count = _tailCount;
        // Late points are mostly a little late: the tail first, and in a block from its end.
        SkipBlock* block = timestamps[0] >= _tail->First ? _tail : FindBlock(timestamps[0]);
        long* column = SkipBlock.Timestamps(block);
        int position = TimestampRun.LowerBoundNearEnd(column, block->Count, timestamps[0]);
        if (position < block->Count && column[position] == timestamps[0])
            return Overwrite(heap, block, position, values[0]) ? 1 : 0;

        // Everything below the next stored timestamp fits into the gap.
        SkipBlock* next = SkipBlock.Tower(block)[0];
        DebugCheck.That(position < block->Count || next is not null);
        long limit = position < block->Count ? column[position] : next->First;
        int run = timestamps[count - 1] < limit ? count : TimestampRun.LowerBound(timestamps, count, limit);
        DebugCheck.That(run > 0);

        // Behind a full block the front of the next one serves, too: else points that come newest first would take a
        // block each.
        if (position == block->Count && next is not null && !Fits(block, run) && Fits(next, run))
        {
            block = next;
            position = 0;
        }

        int room = block->Capacity - block->Count;
        if (run <= room && !heap.IsShared(block, position))
        {
            InsertInPlace(block, position, timestamps, values, run);
            if (block == _tail) LoadTail(block);
            return run;
        }
        if (Fits(block, run)) return InsertByCopy(heap, block, position, timestamps, values, run) ? run : 0;
        if (position == block->Count || position == 0)
            return InsertBlock(heap, timestamps, values, run);
        // Scattered points find room in both halves; a long run wants the cut where it goes.
        int cut = run <= block->Capacity / 2 ? block->Count / 2 : position;
        if (!Split(heap, block, cut)) return 0;
        return InsertSome(heap, timestamps, values, run); // once more at most: now there is room, or a block's end
    }

    /// <summary>Whether a block has room for more points, or a larger one in its place would.</summary>
    private static bool Fits(SkipBlock* block, int count) =>
        block->Count + count <= SkipBlock.CapacityOf(SkipBlock.LargestClass, block->Height);

    private static void InsertInPlace(SkipBlock* block, int position, long* timestamps, ulong* values, int count)
    {
        long* t = SkipBlock.Timestamps(block) + position;
        ulong* v = SkipBlock.Values(block) + position;
        int after = block->Count - position;
        DebugCheck.That(block->Count + count <= block->Capacity);
        new ReadOnlySpan<long>(t, after).CopyTo(new Span<long>(t + count, after));
        new ReadOnlySpan<ulong>(v, after).CopyTo(new Span<ulong>(v + count, after));
        Unsafe.CopyBlockUnaligned(t, timestamps, (uint)count * sizeof(long));
        Unsafe.CopyBlockUnaligned(v, values, (uint)count * sizeof(ulong));
        block->Count += count;
        if (position == 0) block->First = timestamps[0];
    }

    /// <summary>Puts a copy with the points inserted in the block's place, larger where it must be.</summary>
    private bool InsertByCopy(SkipHeap heap, SkipBlock* block, int position, long* timestamps, ulong* values, int count)
    {
        int sizeClass = block->SizeClass;
        while (SkipBlock.CapacityOf(sizeClass, block->Height) < block->Count + count) sizeClass++;
        SkipBlock* copy = heap.TryNewBlock(sizeClass, block->Height);
        if (copy is null) return false;
        CopyPoints(block, 0, block->Count, copy);
        InsertInPlace(copy, position, timestamps, values, count);
        Replace(heap, block, copy);
        return true;
    }

    /// <summary>Stores points in a block of their own, between two others or before the first.</summary>
    private int InsertBlock(SkipHeap heap, long* timestamps, ulong* values, int count)
    {
        SkipBlock* block = NewBlock(heap, SkipBlock.LargestClass);
        if (block is null) return 0;
        count = Math.Min(count, block->Capacity);
        InsertInPlace(block, 0, timestamps, values, count);
        Link(block);
        return count;
    }

    private bool Overwrite(SkipHeap heap, SkipBlock* block, int position, ulong bits)
    {
        if (heap.IsShared(block, position))
        {
            SkipBlock* copy = heap.TryNewBlock(block->SizeClass, block->Height);
            if (copy is null) return false;
            CopyPoints(block, 0, block->Count, copy);
            Replace(heap, block, copy);
            block = copy;
        }
        SkipBlock.Values(block)[position] = bits;
        heap.Overwrites++;
        return true;
    }

    /// <summary>Moves the points from <paramref name="cut"/> on into a new block. The old block keeps its bytes, so
    /// snapshots go on reading them; writes below what they saw are caught by <see
    /// cref="SkipHeap.IsShared"/>.</summary>
    private bool Split(SkipHeap heap, SkipBlock* block, int cut)
    {
        DebugCheck.That(cut > 0);
        DebugCheck.That(cut < block->Count);
        SkipBlock* upper = NewBlock(heap, SkipBlock.LargestClass);
        if (upper is null) return false;
        CopyPoints(block, cut, block->Count - cut, upper);
        block->Count = cut;
        Link(upper);
        if (block == _tail) LoadTail(upper);
        return true;
    }

    private static void CopyPoints(SkipBlock* from, int position, int count, SkipBlock* to)
    {
        DebugCheck.That(to->Count == 0);
        DebugCheck.That(count <= to->Capacity);
        Unsafe.CopyBlockUnaligned(SkipBlock.Timestamps(to), SkipBlock.Timestamps(from) + position, (uint)count * 8);
        Unsafe.CopyBlockUnaligned(SkipBlock.Values(to), SkipBlock.Values(from) + position, (uint)count * 8);
        to->Count = count;
        to->First = SkipBlock.Timestamps(to)[0];
    }

    /// <summary>A block for this list, not yet linked; null: out of memory.</summary>
    private SkipBlock* NewBlock(SkipHeap heap, int sizeClass)
    {
        int height = sizeClass == 0 ? 1 : heap.NextHeight(); // the smallest block has no room for a tower
        if (height > 1 && _headTower is null)
        {
            const int TowerBytes = (SkipBlock.MaxHeight - 1) * 8;
            _headTower = (SkipBlock**)heap.Slabs.TryAllocateZeroed(TowerBytes);
            if (_headTower is null) height = 1; // a flat list is slower, not wrong
        }
        return heap.TryNewBlock(sizeClass, height);
    }

    /// <summary>The last block that begins at or before the timestamp, else the first block.</summary>
    private readonly SkipBlock* FindBlock(long timestamp)
    {
        SkipBlock* found = null;
        for (int level = _levels - 1; level >= 0; level--)
        {
            SkipBlock* next = found is null ? HeadAt(level) : SkipBlock.Tower(found)[level];
            while (next is not null && next->First <= timestamp)
            {
                found = next;
                next = SkipBlock.Tower(found)[level];
            }
        }
        return found is null ? _head : found;
    }

    private readonly SkipBlock* HeadAt(int level) => level == 0 ? _head : _headTower[level - 1];

    /// <summary>For each level the pointer that leads to the first block at or after the timestamp.</summary>
    private void FindLinks(long timestamp, SkipBlock*** links)
    {
        SkipList* self = (SkipList*)Unsafe.AsPointer(ref this); // lives in native memory
        SkipBlock* before = null;
        for (int level = _levels - 1; level >= 0; level--)
        {
            SkipBlock** link = before is not null ? SkipBlock.Tower(before) + level
                : level == 0 ? &self->_head : _headTower + (level - 1);
            while (*link is not null && (*link)->First < timestamp)
            {
                before = *link;
                link = SkipBlock.Tower(before) + level;
            }
            links[level] = link;
        }
    }

    private void Link(SkipBlock* block)
    {
        for (; _levels < block->Height; _levels++)
        {
            if (_levels > 0) DebugCheck.That(_headTower[_levels - 1] is null);
        }
        SkipBlock*** links = stackalloc SkipBlock**[SkipBlock.MaxHeight];
        FindLinks(block->First, links);
        for (int level = 0; level < block->Height; level++)
        {
            DebugCheck.That(*links[level] is null || (*links[level])->First > block->First);
            SkipBlock.Tower(block)[level] = *links[level];
            *links[level] = block;
        }
        _blocks++;
    }

    /// <summary>Puts a block of the same height in another's place and discards the other.</summary>
    private void Replace(SkipHeap heap, SkipBlock* old, SkipBlock* block)
    {
        DebugCheck.That(block->Height == old->Height);
        SkipBlock*** links = stackalloc SkipBlock**[SkipBlock.MaxHeight];
        FindLinks(old->First, links);
        for (int level = 0; level < old->Height; level++)
        {
            Invariant.Check(*links[level] == old);
            SkipBlock.Tower(block)[level] = SkipBlock.Tower(old)[level];
            *links[level] = block;
        }
        if (old == _tail) LoadTail(block);
        heap.Discard(old);
    }
}
