using Slungd.Native.Checks;

namespace Slungd.Native.SkipLists;

/// <summary>Reading: the forward cursor, and the snapshot made with it.</summary>
internal unsafe partial struct SkipList
{
    /// <summary>A forward cursor over the blocks that may hold points of a range. Valid under the shard's lock and
    /// until the next write. Ends are inclusive; the outer blocks are not cut.</summary>
    internal ref struct Cursor
    {
        private readonly SkipBlock* _tail;
        private readonly int _tailCount;
        private readonly long _end;
        private SkipBlock* _next;

        public Cursor(ref readonly SkipList list, long start, long end)
        {
            _end = end;
            if (list.IsEmpty) return;
            _tail = list._tail;
            _tailCount = list._tailCount;
            _next = list.FindBlock(start);
        }

        /// <summary>The block reached.</summary>
        public SkipBlock* Current { get; private set; }

        /// <summary>How many points it holds now; never 0.</summary>
        public readonly int Count => Current == _tail ? _tailCount : Current->Count;

        public bool MoveNext()
        {
            Current = _next;
            if (Current is null || Current->First > _end) return false;
            DebugCheck.That(Count > 0);
            _next = SkipBlock.Tower(Current)[0];
            return true;
        }
    }

    /// <summary>References every block that may hold points of the range; the caller cuts the outer ones with
    /// <see cref="SkipSnapshot.Cut"/> when it has left the lock.</summary>
    public readonly void Snapshot(SkipHeap heap, SkipSnapshot snapshot, long start, long end)
    {
        DebugCheck.That(snapshot.Epoch != 0);
        var cursor = new Cursor(in this, start, end);
        while (cursor.MoveNext())
        {
            SkipBlock* block = cursor.Current;
            heap.Share(block, cursor.Count, snapshot);
            snapshot.Add(SkipBlock.Timestamps(block), SkipBlock.Values(block), cursor.Count);
        }
    }
}
