using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Native.SkipLists;

/// <summary>The skip lists of one shard by dense local series number: a growing directory of pages of 64 headers.
/// A page exists once one of its series was written, so known but silent series cost nothing. Local numbers up to four
/// million have a place; one beyond is refused like a point without memory.
///
/// Contract. Every method runs under the shard's lock unless it says otherwise; directory, pages, blocks and payloads
/// live in the shard's slabs until <see cref="Dispose"/>.</summary>
internal sealed unsafe class SkipListTable : IDisposable
{
    private const int PageShift = 6;
    private const int SeriesPerPage = 1 << PageShift;
    private const int MinPages = 64;

    /// <summary>Longest payload of one point, in bytes.</summary>
    public const int MaxPayloadBytes = 1 << 20;

    private struct Page
    {
        public SkipList* Lists;
        public ulong Present; // a bit for each series that holds points
    }

    private readonly SkipHeap _heap;
    private Page* _pages;
    private uint _pageCount;

    public SkipListTable(Arena arena) => _heap = new SkipHeap(arena);

    /// <summary>Bytes of slabs held.</summary>
    public long SlabBytes => _heap.SlabBytes;

    /// <summary>Writes that replaced a point of the same timestamp.</summary>
    public long Overwrites => _heap.Overwrites;

    /// <summary>Blocks kept only for snapshots.</summary>
    public int RetiredBlocks => _heap.RetiredBlocks;

    /// <summary>Series that hold points.</summary>
    public int SeriesCount { get; private set; }

    /// <summary>The hot path; false also when the series is new: then <see cref="Insert(uint, long, ulong)"/> does
    /// all cases.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAppend(uint local, long timestamp, ulong bits)
    {
        SkipList* list = ListOrNull(local);
        return list is not null && list->TryAppend(timestamp, bits);
    }

    /// <summary>Fetches a series' header ahead of its append.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchHeader(uint local)
    {
        SkipList* list = ListOrNull(local);
        if (Sse.IsSupported) Sse.Prefetch0(list); // null may be prefetched
    }

    /// <summary>Fetches the ends of a series' columns ahead of its append; the header should be there by now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchTail(uint local)
    {
        SkipList* list = ListOrNull(local);
        if (list is not null) list->PrefetchTail();
    }

    /// <summary>Stores one point. False: out of memory.</summary>
    public bool Insert(uint local, long timestamp, ulong bits)
    {
        SkipList* list = ListOrCreate(local);
        if (list is null || !list->Insert(_heap, timestamp, bits)) return false;
        MarkPresent(local);
        return true;
    }

    /// <summary>Stores columns of equal length in any order. Returns how many points were kept, from the first
    /// on.</summary>
    public int Insert(uint local, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        SkipList* list = ListOrCreate(local);
        if (list is null) return 0;
        int kept = list->Insert(_heap, timestamps, values);
        if (kept > 0) MarkPresent(local);
        return kept;
    }

    /// <summary>Stores values at start, start + step, ... Returns how many points were kept, from the first
    /// on.</summary>
    public int InsertRegular(uint local, long start, long step, ReadOnlySpan<ulong> values)
    {
        SkipList* list = ListOrCreate(local);
        if (list is null) return 0;
        int kept = list->InsertRegular(_heap, start, step, values);
        if (kept > 0) MarkPresent(local);
        return kept;
    }

    /// <summary>Copies a payload into the slabs. The stored bits locate it for <see cref="Payload"/>.
    /// False: out of memory.</summary>
    public bool TryStorePayload(ReadOnlySpan<byte> payload, out ulong bits)
    {
        Invariant.Check(payload.Length <= MaxPayloadBytes);
        bits = 0;
        if (payload.IsEmpty) return true;
        byte* copy = _heap.Slabs.TryStore(payload);
        if (copy is null) return false;
        bits = (ulong)_heap.Arena.OffsetOf(copy) << 24 | (uint)payload.Length;
        return true;
    }

    /// <summary>The bytes that stored bits of a payload family locate; until the table is disposed. Needs no
    /// lock.</summary>
    public static ReadOnlySpan<byte> Payload(Arena arena, ulong bits) =>
        arena.BytesAt((long)(bits >> 24), (int)(bits & 0xFFFFFF));

    public bool Contains(uint local)
    {
        uint page = local >> PageShift;
        return page < _pageCount && (_pages[page].Present >> (int)(local % SeriesPerPage) & 1) != 0;
    }

    /// <summary>The smallest local number at or above <paramref name="local"/> that holds points;
    /// <see cref="uint.MaxValue"/> when there is none.</summary>
    public uint NextPresent(uint local)
    {
        for (uint page = local >> PageShift; page < _pageCount; page++)
        {
            ulong present = _pages[page].Present;
            if (page == local >> PageShift) present &= ulong.MaxValue << (int)(local % SeriesPerPage);
            if (present != 0) return (page << PageShift) + (uint)BitOperations.TrailingZeroCount(present);
        }
        return uint.MaxValue;
    }

    /// <summary>Begins a snapshot of one series; <see cref="End"/> ends it.</summary>
    public void Snapshot(uint local, long start, long end, SkipSnapshot snapshot)
    {
        _heap.Begin(snapshot);
        snapshot.Clear();
        if (Contains(local)) ListOrNull(local)->Snapshot(_heap, snapshot, start, end);
    }

    public void End(SkipSnapshot snapshot)
    {
        snapshot.Clear();
        _heap.End(snapshot);
    }

    /// <summary>For tests: see <see cref="SkipList.Verify"/>. Returns the series' number of points.</summary>
    public long Verify(uint local)
    {
        SkipList* list = ListOrNull(local);
        long points = list is null ? 0 : list->Verify();
        Invariant.Check(Contains(local) == points > 0);
        return points;
    }

    public void Dispose()
    {
        _pages = null;
        _pageCount = 0;
        SeriesCount = 0;
        _heap.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private SkipList* ListOrNull(uint local)
    {
        uint page = local >> PageShift;
        if (page >= _pageCount) return null;
        SkipList* lists = _pages[page].Lists;
        return lists is null ? null : lists + local % SeriesPerPage;
    }

    private SkipList* ListOrCreate(uint local)
    {
        SkipList* list = ListOrNull(local);
        if (list is not null) return list;
        uint page = local >> PageShift;
        if (page >= _pageCount && !GrowDirectory(page)) return null;
        SkipList* lists = (SkipList*)_heap.Slabs.TryAllocateZeroed(SeriesPerPage * SkipList.Bytes);
        if (lists is null) return null;
        _pages[page].Lists = lists;
        return lists + local % SeriesPerPage;
    }

    private bool GrowDirectory(uint page)
    {
        uint count = Math.Max(MinPages, BitOperations.RoundUpToPowerOf2(page + 1));
        if (count > SlabAllocator.MaxBytes / (uint)sizeof(Page)) return false;
        Page* grown = (Page*)_heap.Slabs.TryAllocateZeroed((int)count * sizeof(Page));
        if (grown is null) return false;
        if (_pages is not null)
        {
            Unsafe.CopyBlock(grown, _pages, _pageCount * (uint)sizeof(Page));
            _heap.Slabs.Free((byte*)_pages, (int)_pageCount * sizeof(Page));
        }
        _pages = grown;
        _pageCount = count;
        return true;
    }

    private void MarkPresent(uint local)
    {
        ref ulong present = ref _pages[local >> PageShift].Present;
        ulong bit = 1UL << (int)(local % SeriesPerPage);
        if ((present & bit) != 0) return;
        present |= bit;
        SeriesCount++;
    }
}
