using System;
using System.Collections.Generic;
using Slungd.Engine.Memtables;
using Slungd.Engine.Segments;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Engine.Store;

/// <summary>What the store consists of at one moment. Immutable; replaced as a whole, so that a reader sees all or
/// none of a flush. Holds a reference to each part while anybody holds one to it.</summary>
internal sealed class StoreState
{
    /// <summary>The order of <see cref="Segments"/>: by the newest write. Segments whose times overlap have no write in
    /// common, so of two with the same timestamp the later in this order has the newer one; which of the others comes
    /// first does not matter.</summary>
    public static readonly Comparison<Segment> ByAge = static (a, b) =>
    {
        int order = a.Sequence.CompareTo(b.Sequence);
        return order != 0 ? order : a.MinTimestamp.CompareTo(b.MinTimestamp);
    };

    private ReferenceCount _references = new();

    /// <param name="active">Takes the writes.</param>
    /// <param name="waiting">Sealed memtables that wait for their flush, oldest first.</param>
    /// <param name="segments">By age of their writes, oldest first.</param>
    /// <param name="tombstones">What was deleted and segments may still hold.</param>
    public StoreState(Memtable active, Memtable[] waiting, Segment[] segments, TombstoneSet tombstones)
    {
        Tombstones = tombstones;
        Active = active;
        Waiting = waiting;
        Segments = segments;
        Invariant.Check(active.TryAcquire());
        foreach (Memtable memtable in waiting) Invariant.Check(memtable.TryAcquire());
        foreach (Segment segment in segments) segment.Retain();
    }

    public Memtable Active { get; }

    public Memtable[] Waiting { get; }

    public Segment[] Segments { get; }

    public TombstoneSet Tombstones { get; }

    /// <summary>Takes a reference; false when the state is gone and its successor must be asked.</summary>
    public bool TryAcquire() => _references.TryAcquire();

    public void Release()
    {
        if (!_references.Release()) return;
        Active.Release();
        foreach (Memtable memtable in Waiting) memtable.Release();
        foreach (Segment segment in Segments) segment.Release();
    }

    /// <summary>The same without the memtable that was flushed, and with the segment it became (null: it was
    /// empty).</summary>
    public StoreState AfterFlush(Memtable flushed, Segment? segment)
    {
        Invariant.Check(Waiting[0] == flushed);
        return new StoreState(Active, Waiting[1..], segment is null ? Segments : [.. Segments, segment], Tombstones);
    }

    /// <summary>The same with the active memtable waiting and another one in its place.</summary>
    public StoreState AfterSeal(Memtable next) => new(next, [.. Waiting, Active], Segments, Tombstones);

    /// <summary>The same with other tombstones.</summary>
    public StoreState WithTombstones(TombstoneSet tombstones) => new(Active, Waiting, Segments, tombstones);

    /// <summary>The same with other segments in the place of those they were made of; null when one of these is not
    /// in here any more.</summary>
    public StoreState? AfterCompaction(Segment[] sources, Segment[] outputs)
    {
        foreach (Segment source in sources) if (Array.IndexOf(Segments, source) < 0) return null;
        var segments = new List<Segment>(Segments.Length + outputs.Length);
        foreach (Segment segment in Segments) if (Array.IndexOf(sources, segment) < 0) segments.Add(segment);
        segments.AddRange(outputs);
        segments.Sort(ByAge);
        return new StoreState(Active, Waiting, [.. segments], Tombstones);
    }

    /// <summary>The same without a segment; itself when it is not in here.</summary>
    public StoreState Without(Segment segment)
    {
        int index = Array.IndexOf(Segments, segment);
        if (index < 0) return this;
        return new StoreState(Active, Waiting, [.. Segments[..index], .. Segments[(index + 1)..]], Tombstones);
    }
}
