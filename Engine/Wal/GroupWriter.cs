using System;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Native.Bits;
using Slungd.Native.Memory;

namespace Slungd.Engine.Wal;

/// <summary>Writes what was staged, as one group.
///
/// Where points come one by one, frames of one point each would be three times as large as frames of many. So the last
/// frame stays open until it is synced: its points are kept here, and the next few join them in a new image of the
/// frame at the same place, as long as it lies in one page. A dying process leaves the old image or the new one there,
/// and nothing that was ever synced is touched (ADR 0002).</summary>
internal sealed class GroupWriter(FrameEncoder encoder, LogWriter writer, SeriesTable series, SeriesRegistry registry,
    Arena arena, ByteBudget budget) : IDisposable
{
    /// <summary>Staged bytes of a group that may join an open frame: about 140 single rows.</summary>
    private const int SmallBytes = 8 * 1024;

    private readonly SlabQueue _open = new(arena, budget); // what is in the open frame, as it was staged
    private readonly SlabWindow _window = new();
    private ulong _openNumber; // the file of the open frame; 0 without one
    private long _openAt;
    private bool _openIsSynced;
    private uint _openFirstReference, _openEndReference;

    /// <summary>Writes everything and empties the queue. One frame, unless it is much.</summary>
    /// <param name="staged">In order.</param>
    /// <param name="memtable">Where it was staged.</param>
    /// <param name="mayReplace">Whether the last frame may be replaced, since a sync is not due at once.</param>
    public void Write(SlabQueue staged, Memtable memtable, bool mayReplace)
    {
        if (mayReplace && TryWriteSmall(staged, memtable))
        {
            staged.Dispose();
            return;
        }
        CloseFrame();
        while (!staged.IsEmpty)
        {
            staged.Show(_window);
            encoder.Add(_window, memtable);
            staged.Drop(_window.Count);
        }
        encoder.WriteFrame();
    }

    /// <summary>The next group begins a frame of its own.</summary>
    public void CloseFrame()
    {
        _open.Dispose();
        _openNumber = 0;
    }

    /// <summary>As <see cref="CloseFrame"/>; drops a group that failed, too.</summary>
    public void Reset()
    {
        CloseFrame();
        encoder.Reset();
    }

    public void Dispose() => _open.Dispose();

    private bool TryWriteSmall(SlabQueue staged, Memtable memtable)
    {
        if (staged.Bytes > SmallBytes || !staged.Show(_window) || HasPayload()) return false;
        if (staged.Bytes == 0) return true;
        writer.Prepare(memtable.Generation);
        bool isOpen = _openNumber == writer.Number && _openAt >= writer.SyncedEnd &&
            _open.Bytes + staged.Bytes <= SlabQueue.MaxItemBytes;
        if (isOpen && TryAddToOpen(staged) && TryWriteOpen(memtable, _openAt, _openFirstReference, _openIsSynced))
            return true;
        uint first = isOpen ? _openEndReference : series.Defined; // the attempt may have numbered series already
        CloseFrame();
        if (!TryAddToOpen(staged)) return false;
        if (!TryWriteOpen(memtable, writer.End, first, writer.UnsyncedBytes == 0)) CloseFrame();
        return true;
    }

    /// <summary>Writes the frame of all open points. At its end of the file it is always written; as a replacement only
    /// when it fits into the page. False when it can't stay open.</summary>
    private bool TryWriteOpen(Memtable memtable, long at, uint firstReference, bool isSynced)
    {
        encoder.BeginOneFrame(firstReference);
        _open.Show(_window);
        encoder.Add(_window, memtable);
        ReadOnlySpan<byte> frame = encoder.Finish(at, isSynced);
        bool isInOnePage = at / LogFormat.PageBytes == (at + frame.Length - 1) / LogFormat.PageBytes;
        if (!isInOnePage && at != writer.End) return false;
        writer.Write(at, frame);
        (_openNumber, _openAt, _openIsSynced) = (writer.Number, at, isSynced);
        (_openFirstReference, _openEndReference) = (firstReference, series.Defined);
        return isInOnePage;
    }

    private bool TryAddToOpen(SlabQueue staged)
    {
        staged.Show(_window);
        for (int slab = 0; slab < _window.Count; slab++)
        {
            ReadOnlySpan<byte> items = _window[slab];
            if (items.IsEmpty) continue;
            Span<byte> room = _open.TryReserve(items.Length);
            if (room.IsEmpty) return false;
            items.CopyTo(room);
            _open.Commit(items.Length);
        }
        return true;
    }

    private bool HasPayload()
    {
        for (int slab = 0; slab < _window.Count; slab++)
        {
            ReadOnlySpan<byte> items = _window[slab];
            for (int at = 0; at < items.Length;)
            {
                StageRecord record = Reinterpret.As<StageRecord>(items[at..]);
                at += StageRecord.Bytes;
                if (record.Kind == StageKind.Rows && HasPayload(items.Slice(at, record.BodyBytes))) return true;
                at += record.BodyBytes;
            }
        }
        return false;
    }

    private bool HasPayload(ReadOnlySpan<byte> rows)
    {
        foreach (ref readonly EventRow row in Reinterpret.AsMany<EventRow>(rows))
            if (registry.FamilyOf(row.Series).HasPayload()) return true;
        return false;
    }
}
