using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Slungd.Native.Checks;

namespace Slungd.Native.SkipLists;

/// <summary>The points of one series: a skip list of blocks, ordered by timestamp, one cache line of header.
/// Equal timestamps: the last write wins. An append in time order touches the header and the end of two columns.
///
/// Contract. Lives zeroed in native memory (it takes its own address) owned by a <see cref="SkipListTable"/>; blocks
/// come from the shard's <see cref="SkipHeap"/>. Every method runs under the shard's lock. A method that answers false
/// or a smaller number ran out of memory; the list is then as if the rest had never been tried.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe partial struct SkipList
{
    public const int Bytes = 64;

    private long* _tailTimestamps; // the tail block's columns: values follow the timestamps after _tailCapacity
    private int _tailCount; // the truth; the tail block's own Count is brought up to date before the tail moves on
    private int _tailCapacity; // 0 in an empty list
    private long _last; // the newest timestamp
    private SkipBlock* _tail;
    private SkipBlock* _head; // level 0 of the head
    private SkipBlock** _headTower; // levels 1..15 of the head, from the first block on that is higher than 1
    private int _levels; // levels in use
    private int _blocks;

    public readonly bool IsEmpty => _tailCapacity == 0;

    /// <summary>The hot path: appends when the point is the newest and the tail has room; else changes
    /// nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAppend(long timestamp, ulong bits)
    {
        int count = _tailCount;
        if (timestamp <= _last || count >= _tailCapacity) return false;
        long* slot = _tailTimestamps + count;
        slot[0] = timestamp;
        ((ulong*)slot)[_tailCapacity] = bits;
        _tailCount = count + 1;
        _last = timestamp;
        return true;
    }

    /// <summary>Fetches the cache lines the next append writes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PrefetchTail()
    {
        if (!Sse.IsSupported) return;
        long* slot = _tailTimestamps + _tailCount; // any address may be prefetched
        Sse.Prefetch0(slot);
        Sse.Prefetch0(slot + _tailCapacity);
    }

    /// <summary>Stores one point wherever it belongs. False: out of memory.</summary>
    public bool Insert(SkipHeap heap, long timestamp, ulong bits)
    {
        if (TryAppend(timestamp, bits)) return true;
        if (IsEmpty || timestamp > _last) return AppendRun(heap, &timestamp, &bits, 1) == 1;
        return InsertRun(heap, &timestamp, &bits, 1) == 1;
    }

    /// <summary>Stores columns in any order. Returns how many points were kept: fewer than all means out of
    /// memory.</summary>
    public int Insert(SkipHeap heap, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        Invariant.Equal(values.Length, timestamps.Length);
        fixed (long* t = timestamps)
        fixed (ulong* v = values)
        {
            int done = 0;
            while (done < timestamps.Length)
            {
                int run = TimestampRun.AscendingPrefix(t + done, timestamps.Length - done);
                bool inOrder = IsEmpty || t[done] > _last;
                int kept = inOrder
                    ? AppendRun(heap, t + done, v + done, run)
                    : InsertRun(heap, t + done, v + done, run);
                done += kept;
                if (kept < run) break;
            }
            return done;
        }
    }

    /// <summary>Stores values at start, start + step, ... Returns how many points were kept, from the first on: fewer
    /// than all means out of memory.</summary>
    public int InsertRegular(SkipHeap heap, long start, long step, ReadOnlySpan<ulong> values)
    {
        if (values.IsEmpty) return 0;
        DebugCheck.That((Int128)start + (Int128)step * (values.Length - 1) is var last
            && last >= long.MinValue && last <= long.MaxValue);
        bool inOrder = step > 0 && (IsEmpty || start > _last);
        return inOrder ? AppendRegular(heap, start, step, values) : InsertComputed(heap, start, step, values);
    }

    [SkipLocalsInit]
    private int InsertComputed(SkipHeap heap, long start, long step, ReadOnlySpan<ulong> values)
    {
        const int Batch = 256;
        long* timestamps = stackalloc long[Batch];
        for (int done = 0; done < values.Length;)
        {
            int count = Math.Min(Batch, values.Length - done);
            TimestampRun.FillRegular(timestamps, count, unchecked(start + done * step), step);
            int kept = Insert(heap, new ReadOnlySpan<long>(timestamps, count), values.Slice(done, count));
            done += kept;
            if (kept < count) return done;
        }
        return values.Length;
    }

    /// <summary>Appends strictly ascending points, the first newer than all stored. Returns how many found
    /// room.</summary>
    private int AppendRun(SkipHeap heap, long* timestamps, ulong* values, int count)
    {
        DebugCheck.That(IsEmpty || timestamps[0] > _last);
        int done = 0;
        while (done < count)
        {
            int room = MakeRoom(heap, timestamps[done], count - done);
            if (room == 0) break;
            long* target = _tailTimestamps + _tailCount;
            Unsafe.CopyBlockUnaligned(target, timestamps + done, (uint)room * sizeof(long));
            Unsafe.CopyBlockUnaligned(target + _tailCapacity, values + done, (uint)room * sizeof(ulong));
            done += room;
            _tailCount += room;
            _last = timestamps[done - 1];
        }
        return done;
    }

    /// <summary>As <see cref="AppendRun"/> with computed timestamps; the step is positive.</summary>
    private int AppendRegular(SkipHeap heap, long start, long step, ReadOnlySpan<ulong> values)
    {
        DebugCheck.That(step > 0);
        int done = 0;
        while (done < values.Length)
        {
            long next = start + done * step;
            int room = MakeRoom(heap, next, values.Length - done);
            if (room == 0) break;
            long* target = _tailTimestamps + _tailCount;
            TimestampRun.FillRegular(target, room, next, step);
            values.Slice(done, room).CopyTo(new Span<ulong>(target + _tailCapacity, room));
            done += room;
            _tailCount += room;
            _last = start + (done - 1) * step;
        }
        return done;
    }

    /// <summary>Room at the tail for up to <paramref name="wanted"/> points, the next of which is
    /// <paramref name="timestamp"/>; a full tail gets a successor, larger than it. 0: out of memory.</summary>
    private int MakeRoom(SkipHeap heap, long timestamp, int wanted)
    {
        if (_tailCount == _tailCapacity)
        {
            int sizeClass = IsEmpty ? 0 : Math.Min(_tail->SizeClass + 1, SkipBlock.LargestClass);
            sizeClass = Math.Max(sizeClass, SkipBlock.ClassFor(wanted));
            SkipBlock* block = NewBlock(heap, sizeClass);
            if (block is null) return 0;
            if (!IsEmpty) _tail->Count = _tailCount;
            block->First = timestamp;
            Link(block);
            _tail = block;
            _tailTimestamps = SkipBlock.Timestamps(block);
            _tailCapacity = block->Capacity;
            _tailCount = 0;
        }
        return Math.Min(_tailCapacity - _tailCount, wanted);
    }

    /// <summary>Makes the header agree with the tail block after blocks changed.</summary>
    private void LoadTail(SkipBlock* tail)
    {
        DebugCheck.That(tail->Count > 0);
        _tail = tail;
        _tailTimestamps = SkipBlock.Timestamps(tail);
        _tailCapacity = tail->Capacity;
        _tailCount = tail->Count;
        _last = _tailTimestamps[tail->Count - 1];
    }
}
