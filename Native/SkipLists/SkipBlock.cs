using System;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.SkipLists;

/// <summary>A node of a skip list: a block of points, as columns.
/// <code>
/// SkipBlock (40 B) | Next[Height] (8 B each) | pad to 64 | Timestamps[Capacity] | Values[Capacity]
/// </code>
/// The smallest size has no padding; in all others both columns are aligned to 64 bytes. Sizes are odd numbers of cache
/// lines (but the first), so that the tails of many series that grow in step spread over all sets of the caches.
///
/// Contract. Owner: the <see cref="SkipHeap"/> of the shard. Writers and tree walkers hold the shard's lock; readers
/// without it only touch the points below a count they took under it. Points below <see cref="SharedCount"/> never
/// change while a snapshot numbered from <see cref="SharedFirst"/> to <see cref="SharedLast"/> is alive.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SkipBlock
{
    public const int HeaderBytes = 40;
    public const int MaxHeight = 16;
    public const int LargestClass = 7;

    /// <summary>Points in a full block of the largest size with up to three levels.</summary>
    public const int LargestCapacity = 1016;

    /// <summary>The timestamp of point 0; the order of the list.</summary>
    public long First;
    /// <summary>Points held. Of the tail block the list's own count is the true one.</summary>
    public int Count;
    public int Capacity;
    /// <summary>The numbers of the snapshots that may reference this block lie between these two, 0 for none.</summary>
    public ulong SharedFirst, SharedLast;
    /// <summary>The most points one of them saw.</summary>
    public int SharedCount;
    /// <summary>Where the timestamps begin, counted from the block's start.</summary>
    public ushort ColumnsOffset;
    /// <summary>Index of the block's size.</summary>
    public byte SizeClass;
    public byte Height;

    /// <summary>The size of a class: 128, 320, 576, 1,088 ... 8,256 and 16,320 bytes: four of the largest fill a small
    /// slab.</summary>
    public static int BytesOf(int sizeClass) => sizeClass == 0 ? 128 : Math.Min(64 + (128 << sizeClass), 16_320);

    /// <summary>The smallest class whose blocks of one level take this many points; the largest when none
    /// does.</summary>
    public static int ClassFor(int points)
    {
        int sizeClass = 0;
        while (sizeClass < LargestClass && CapacityOf(sizeClass, 1) < points) sizeClass++;
        return sizeClass;
    }

    /// <summary>How many points a block takes.</summary>
    public static int CapacityOf(int sizeClass, int height)
    {
        int capacity = (BytesOf(sizeClass) - OffsetOfColumns(sizeClass, height)) / 16;
        return sizeClass == 0 ? capacity : capacity & ~7; // whole cache lines of timestamps keep the values aligned
    }

    public static SkipBlock** Tower(SkipBlock* block) => (SkipBlock**)((byte*)block + HeaderBytes);

    public static long* Timestamps(SkipBlock* block) => (long*)((byte*)block + block->ColumnsOffset);

    public static ulong* Values(SkipBlock* block) =>
        (ulong*)((byte*)block + block->ColumnsOffset) + block->Capacity;

    /// <summary>Makes an empty block of raw memory that has the class's size.</summary>
    public static void Format(SkipBlock* block, int sizeClass, int height)
    {
        DebugCheck.That(height is >= 1 and <= MaxHeight);
        int capacity = CapacityOf(sizeClass, height);
        DebugCheck.That(capacity > 0);
        block->First = 0;
        block->Count = 0;
        block->Capacity = capacity;
        block->SharedFirst = block->SharedLast = 0;
        block->SharedCount = 0;
        block->ColumnsOffset = (ushort)OffsetOfColumns(sizeClass, height);
        block->SizeClass = (byte)sizeClass;
        block->Height = (byte)height;
        SkipBlock** tower = Tower(block);
        for (int level = 0; level < height; level++) tower[level] = null;
    }

    private static int OffsetOfColumns(int sizeClass, int height)
    {
        int offset = HeaderBytes + 8 * height;
        return sizeClass == 0 ? offset : (offset + 63) & ~63;
    }
}
