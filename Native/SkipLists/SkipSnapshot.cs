using System;
using Slungd.Native.Checks;

namespace Slungd.Native.SkipLists;

/// <summary>References to the blocks of one series as they were at one moment. Reusable; one thread at a time.
///
/// Contract. Filled and ended under the shard's lock, read without it. The spans live until the snapshot ends; the
/// points in them never change (see <see cref="SkipBlock"/>).</summary>
internal sealed unsafe class SkipSnapshot
{
    private struct BlockRef
    {
        public long* Timestamps;
        public ulong* Values;
        public int Count;
    }

    private BlockRef[] _blocks = [];

    /// <summary>This snapshot's number while it is alive, else 0.</summary>
    internal ulong Epoch;
    internal SkipSnapshot? Older, Newer;

    /// <summary>Blocks referenced, none of them empty.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<long> Timestamps(int index)
    {
        ref BlockRef block = ref At(index);
        return new ReadOnlySpan<long>(block.Timestamps, block.Count);
    }

    public ReadOnlySpan<ulong> Values(int index)
    {
        ref BlockRef block = ref At(index);
        return new ReadOnlySpan<ulong>(block.Values, block.Count);
    }

    /// <summary>Cuts the outer blocks to timestamps from <paramref name="start"/> to <paramref name="end"/>, both
    /// inclusive; drops what becomes empty. Needs no lock.</summary>
    public void Cut(long start, long end)
    {
        while (Count > 0)
        {
            ref BlockRef last = ref _blocks[Count - 1];
            if (last.Timestamps[last.Count - 1] > end) // Count above it is end's successor: end < long.MaxValue
                last.Count = TimestampRun.LowerBound(last.Timestamps, last.Count, end + 1);
            if (last.Count > 0) break;
            Count--;
        }
        if (Count == 0) return;
        ref BlockRef first = ref _blocks[0];
        int skip = first.Timestamps[0] < start ? TimestampRun.LowerBound(first.Timestamps, first.Count, start) : 0;
        first.Timestamps += skip;
        first.Values += skip;
        first.Count -= skip;
        if (first.Count > 0) return;
        Count--;
        Array.Copy(_blocks, 1, _blocks, 0, Count);
    }

    internal void Clear() => Count = 0;

    internal void Add(long* timestamps, ulong* values, int count)
    {
        DebugCheck.That(count > 0);
        if (Count == _blocks.Length) Array.Resize(ref _blocks, Math.Max(8, Count * 2));
        _blocks[Count++] = new BlockRef { Timestamps = timestamps, Values = values, Count = count };
    }

    private ref BlockRef At(int index)
    {
        DebugCheck.That(Epoch != 0);
        Invariant.Check((uint)index < (uint)Count);
        return ref _blocks[index];
    }
}
