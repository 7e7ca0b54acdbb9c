using System;
using System.Collections.Generic;
using System.Numerics;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Native.SkipLists;

namespace Slungd.Engine.Memtables;

/// <summary>One generation of points in memory, cut into shards by the low bits of the series id.
///
/// Writers: <see cref="TryBeginWrite"/>, any number of appends, <see cref="EndWrite"/>. What is written between the two
/// is in this generation as a whole: <see cref="SealAndSwap"/> waits for writers inside and lets no other in.
/// Readers: <see cref="TryAcquire"/>, snapshots, <see cref="Release"/>. Both from any thread.
/// The creator holds the first reference; when the last is released all memory goes back to the arena.</summary>
internal sealed partial class Memtable
{
    public const int MaxShards = 256;

    private readonly Arena _arena;
    private readonly MemtableShard[] _shards;
    private readonly WriteGate _gate = new();
    private readonly uint _maxSeries;
    private readonly int _shardBits;
    private ReferenceCount _references = new();
    private long _firstWriteTick;

    /// <param name="arena">Where the memory comes from.</param>
    /// <param name="shardCount">A power of two, at most <see cref="MaxShards"/>; four per writing thread keeps writers
    /// out of each other's way.</param>
    /// <param name="maxSeries">Series ids are below this.</param>
    public Memtable(Arena arena, int shardCount, int maxSeries)
    {
        Invariant.Check(BitOperations.IsPow2(shardCount) && shardCount <= MaxShards);
        Invariant.Check(maxSeries > 0);
        _arena = arena;
        _maxSeries = (uint)maxSeries;
        _shardBits = BitOperations.Log2((uint)shardCount);
        _shards = new MemtableShard[shardCount];
        for (int i = 0; i < shardCount; i++) _shards[i] = new MemtableShard(arena, _shardBits);
    }

    /// <summary>Writes accepted so far, those that overwrote an equal timestamp included.</summary>
    public long Points
    {
        get
        {
            long sum = 0;
            foreach (MemtableShard shard in _shards) sum += shard.Points;
            return sum;
        }
    }

    /// <summary>Writes that overwrote a stored point: <see cref="Points"/> less this is what is stored.</summary>
    public long Overwrites
    {
        get
        {
            long sum = 0;
            foreach (MemtableShard shard in _shards) sum += shard.Overwrites;
            return sum;
        }
    }

    /// <summary>Bytes of arena memory held.</summary>
    public long Bytes
    {
        get
        {
            long sum = 0;
            foreach (MemtableShard shard in _shards) sum += shard.Bytes;
            return sum;
        }
    }

    /// <summary>The oldest timestamp accepted; long.MaxValue when empty. Exact once sealed.</summary>
    public long MinTimestamp
    {
        get
        {
            long min = long.MaxValue;
            foreach (MemtableShard shard in _shards) min = Math.Min(min, shard.MinTimestamp);
            return min;
        }
    }

    /// <summary>The newest timestamp accepted; long.MinValue when empty. Exact once sealed.</summary>
    public long MaxTimestamp
    {
        get
        {
            long max = long.MinValue;
            foreach (MemtableShard shard in _shards) max = Math.Max(max, shard.MaxTimestamp);
            return max;
        }
    }

    /// <summary>The newest timestamp accepted that was not above <see cref="FutureBound"/> then; long.MinValue when
    /// there is none.</summary>
    public long NewestTimestamp
    {
        get
        {
            long newest = long.MinValue;
            foreach (MemtableShard shard in _shards) newest = Math.Max(newest, shard.NewestTimestamp);
            return newest;
        }
    }

    /// <summary>Later timestamps are taken for mistakes of a clock. At first there is no bound.</summary>
    public long FutureBound
    {
        set
        {
            foreach (MemtableShard shard in _shards) shard.FutureBound = value;
        }
    }

    /// <summary>Series that hold points.</summary>
    public int SeriesCount
    {
        get
        {
            int sum = 0;
            foreach (MemtableShard shard in _shards) sum += shard.SeriesCount;
            return sum;
        }
    }

    /// <summary>Blocks kept only for snapshots.</summary>
    public int RetiredBlocks
    {
        get
        {
            int sum = 0;
            foreach (MemtableShard shard in _shards) sum += shard.RetiredBlocks;
            return sum;
        }
    }

    /// <summary>The tick given by the first writer, 0 before; the age of the oldest point counts from here.</summary>
    public long FirstWriteTick => Volatile.Read(ref _firstWriteTick);

    public bool IsSealed => _gate.IsClosed;

    /// <summary>What the log calls this memtable; 0 when it is not logged.</summary>
    public ulong Generation { get; private set; }

    /// <summary>What it holds came out of the log: with it everything up to this generation is in it or flushed.
    /// </summary>
    public void CompletesThrough(ulong generation) => Generation = Math.Max(Generation, generation);

    /// <summary>Takes a reference; false when the memtable is gone.</summary>
    public bool TryAcquire() => _references.TryAcquire();

    /// <summary>Gives a reference back. The last one seals the memtable, if nobody did, and frees its memory.</summary>
    public void Release()
    {
        if (!_references.Release()) return;
        SealAndSwap(null);
        foreach (MemtableShard shard in _shards) shard.Dispose();
    }

    /// <summary>Ends writing: waits for the writers inside, runs <paramref name="publish"/> (which makes the successor
    /// known), then turns writers away. Nobody writes while it runs, so writers and readers see the swap as one step.
    /// Must not be called between TryBeginWrite and EndWrite. When publish throws, the memtable stays open.</summary>
    /// <returns>False when it was sealed already; publish was not run.</returns>
    public bool SealAndSwap(Action? publish)
    {
        if (!_gate.TryBeginClose()) return false;
        bool published = false;
        try
        {
            publish?.Invoke();
            published = true;
        }
        finally
        {
            _gate.EndClose(published);
        }
        return true;
    }

    /// <summary>From now on everything accepted is also staged for the log. While nobody writes.</summary>
    public void Stage(ByteBudget budget, ulong generation)
    {
        Generation = generation;
        foreach (MemtableShard shard in _shards) shard.Stage(budget);
    }

    /// <summary>Moves everything staged so far behind what the queue holds, shard by shard: of one series the order of
    /// the writes stays.</summary>
    public void MoveStages(SlabQueue target)
    {
        // A writer at full speed is nearly always in some shard: that one's turn comes last.
        ulong busy = 0;
        for (int i = 0; i < _shards.Length; i++)
        {
            if (i >= 64) _shards[i].Enter();
            else if (!_shards[i].TryEnter())
            {
                busy |= 1UL << i;
                continue;
            }
            MoveStage(_shards[i], target);
        }
        for (; busy != 0; busy &= busy - 1)
        {
            MemtableShard shard = _shards[BitOperations.TrailingZeroCount(busy)];
            shard.Enter();
            MoveStage(shard, target);
        }
    }

    private static void MoveStage(MemtableShard entered, SlabQueue target)
    {
        entered.MoveStage(target);
        entered.Exit();
    }

    /// <summary>The bytes of a value of a payload family, as stored or staged. The caller holds a reference.</summary>
    public ReadOnlySpan<byte> Payload(ulong bits) => SkipListTable.Payload(_arena, bits);

    /// <summary>References the series' points in the range, as of now, in <paramref name="into"/> (what it held before
    /// is let go). The caller holds a reference to this memtable for as long as the list is not disposed.</summary>
    public void Snapshot(SeriesId series, TimeRange range, BlockList into)
    {
        DebugCheck.That(_references.IsHeld);
        into.Fill(ShardOf(series), series, range);
    }

    /// <summary>True when the series holds points here.</summary>
    public bool Contains(SeriesId series)
    {
        MemtableShard shard = ShardOf(series);
        shard.Enter();
        bool contains = shard.Contains(series);
        shard.Exit();
        return contains;
    }

    /// <summary>Adds the ids of all series that hold points, ascending; for the flush of a sealed memtable (of one that
    /// is being written it is the set at some moment of the call).</summary>
    public void CopySeriesIds(List<SeriesId> into)
    {
        into.EnsureCapacity(into.Count + SeriesCount);
        foreach (MemtableShard shard in _shards) shard.Enter();
        Span<uint> next = stackalloc uint[_shards.Length];
        for (int i = 0; i < next.Length; i++) next[i] = _shards[i].NextPresent(0);
        while (true)
        {
            uint local = uint.MaxValue;
            foreach (uint candidate in next) local = Math.Min(local, candidate);
            if (local == uint.MaxValue) break;
            for (int i = 0; i < next.Length; i++)
            {
                if (next[i] != local) continue;
                into.Add(new SeriesId(local << _shardBits | (uint)i));
                next[i] = _shards[i].NextPresent(local + 1);
            }
        }
        foreach (MemtableShard shard in _shards) shard.Exit();
    }

    /// <summary>Sets the bits of all series that hold points, each as of its own moment.</summary>
    /// <param name="bits">One bit per id, lowest first; series beyond are passed over.</param>
    public void MarkSeries(Span<ulong> bits)
    {
        for (int i = 0; i < _shards.Length; i++)
            for (uint local = 0; local != uint.MaxValue; local = MarkSome(i, local, bits)) { }
    }

    /// <summary>So many that the writers of the shard need not wait long.</summary>
    private uint MarkSome(int shard, uint local, Span<ulong> bits)
    {
        _shards[shard].Enter();
        for (int left = 1024; left > 0; left--, local++)
        {
            local = _shards[shard].NextPresent(local);
            uint id = local << _shardBits | (uint)shard;
            if (local == uint.MaxValue || id >= bits.Length * 64L)
            {
                local = uint.MaxValue;
                break;
            }
            bits[(int)(id >> 6)] |= 1UL << (int)id;
        }
        _shards[shard].Exit();
        return local;
    }

    private MemtableShard ShardOf(SeriesId series)
    {
        Invariant.Check(series.Value < _maxSeries);
        return _shards[(int)series.Value & _shards.Length - 1];
    }
}
