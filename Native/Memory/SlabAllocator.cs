using System;
using System.Runtime.CompilerServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

/// <summary>Small pieces of arena memory for one owner: sizes in multiples of 64 bytes with a free list each, cut from
/// slabs; everything goes back at once with <see cref="Dispose"/>.
///
/// Contract. Owner: one shard; its lock makes calls single-threaded. Lifetime: a piece lives until it is freed or the
/// allocator is disposed. Alignment: 64 bytes. Content: undefined. The first 64 bytes of a slab chain the
/// slabs.</summary>
internal sealed unsafe class SlabAllocator : IDisposable
{
    public const int Granule = 64;

    /// <summary>Freed pieces up to this size are reused; larger ones wait for <see cref="Dispose"/>.</summary>
    public const int MaxListedBytes = 20 * 1024;

    /// <summary>The largest piece that can be had.</summary>
    public const int MaxBytes = Arena.LargeSlabBytes - Granule;

    private const byte PoisonByte = 0xDD;
    private const int MinStoreBytes = 4 * 1024, MaxStoreBytes = 16 * 1024;

    // Below this an owner grows by small slabs, so that many owners with little data stay small together.
    private const long LargeSlabsFromBytes = 4L << 20;

    private struct SlabHeader
    {
        public SlabHeader* Next;
        public int Bytes;
    }

    private readonly Arena _arena;
    // Heads by size; a free piece holds the pointer to the next.
    private readonly nint[] _free = new nint[MaxListedBytes / Granule + 1];
    private SlabHeader* _slabs;
    private byte* _cursor, _end; // the slab being cut
    private byte* _spareCursor, _spareEnd; // the best rest of former slabs, for small pieces
    private byte* _storeCursor, _storeEnd; // where Store puts bytes
    private int _storeBytes = MinStoreBytes;

    public SlabAllocator(Arena arena) => _arena = arena;

    /// <summary>Bytes of slabs held, the measure that counts against the budget.</summary>
    public long SlabBytes { get; private set; }

    /// <summary>A piece of at least <paramref name="bytes"/>, or null when the arena has no more.</summary>
    public byte* TryAllocate(int bytes)
    {
        DebugCheck.That(bytes > 0);
        DebugCheck.That(bytes <= MaxBytes);
        bytes = RoundUp(bytes);
        if (bytes <= MaxListedBytes)
        {
            ref nint head = ref _free[bytes / Granule];
            if (head != 0)
            {
                byte* piece = (byte*)head;
                head = *(nint*)piece;
                return piece;
            }
        }
        if (bytes <= _spareEnd - _spareCursor) return Cut(ref _spareCursor, bytes);
        if (bytes > _end - _cursor && !AddSlab(bytes)) return null;
        return Cut(ref _cursor, bytes);
    }

    /// <summary>As <see cref="TryAllocate"/>, filled with zeros.</summary>
    public byte* TryAllocateZeroed(int bytes)
    {
        byte* piece = TryAllocate(bytes);
        if (piece is not null) Unsafe.InitBlock(piece, 0, (uint)bytes);
        return piece;
    }

    /// <summary>Takes a piece back, given with the size it was asked for.</summary>
    public void Free(byte* piece, int bytes)
    {
        bytes = RoundUp(bytes);
        Poison(piece, bytes);
        if (bytes > MaxListedBytes) return;
        ref nint head = ref _free[bytes / Granule];
        *(nint*)piece = head;
        head = (nint)piece;
    }

    /// <summary>Copies bytes into the slabs, unaligned, until <see cref="Dispose"/>; null when the arena has no
    /// more.</summary>
    public byte* TryStore(ReadOnlySpan<byte> bytes)
    {
        DebugCheck.That(bytes.Length is > 0 and <= MaxBytes);
        byte* target;
        if (bytes.Length > MaxStoreBytes / 2)
        {
            target = TryAllocate(bytes.Length);
            if (target is null) return null;
        }
        else
        {
            if (bytes.Length > _storeEnd - _storeCursor && !AddStore(bytes.Length)) return null;
            target = _storeCursor;
            _storeCursor += bytes.Length;
        }
        bytes.CopyTo(new Span<byte>(target, bytes.Length));
        return target;
    }

    /// <summary>Returns every slab to the arena.</summary>
    public void Dispose()
    {
        for (SlabHeader* slab = _slabs; slab is not null;)
        {
            SlabHeader* next = slab->Next;
            _arena.Free((byte*)slab, slab->Bytes);
            slab = next;
        }
        _slabs = null;
        _cursor = _end = _spareCursor = _spareEnd = _storeCursor = _storeEnd = null;
        Array.Clear(_free);
        SlabBytes = 0;
    }

    private static int RoundUp(int bytes) => (bytes + Granule - 1) & -Granule;

    private static byte* Cut(ref byte* cursor, int bytes)
    {
        byte* piece = cursor;
        cursor += bytes;
        return piece;
    }

    private bool AddSlab(int bytes)
    {
        bool tooBig = bytes > Arena.SmallSlabBytes - Granule;
        int slabBytes = tooBig || SlabBytes >= LargeSlabsFromBytes ? Arena.LargeSlabBytes : Arena.SmallSlabBytes;
        byte* slab = _arena.TryAllocate(slabBytes);
        if (slab is null && !tooBig && slabBytes == Arena.LargeSlabBytes)
        {
            slabBytes = Arena.SmallSlabBytes; // the last fragments of a full arena
            slab = _arena.TryAllocate(slabBytes);
        }
        if (slab is null) return false;

        SlabHeader* header = (SlabHeader*)slab;
        header->Next = _slabs;
        header->Bytes = slabBytes;
        _slabs = header;
        SlabBytes += slabBytes;
        if (_end - _cursor > _spareEnd - _spareCursor)
        {
            _spareCursor = _cursor;
            _spareEnd = _end;
        }
        _cursor = slab + Granule;
        _end = slab + slabBytes;
        return true;
    }

    private bool AddStore(int bytes)
    {
        int room = Math.Max(_storeBytes, RoundUp(bytes));
        byte* store = TryAllocate(room);
        if (store is null) return false;
        _storeCursor = store;
        _storeEnd = store + room;
        _storeBytes = Math.Min(_storeBytes * 2, MaxStoreBytes);
        return true;
    }

    [System.Diagnostics.Conditional("DEBUG")]
    private static void Poison(byte* piece, int bytes) => Unsafe.InitBlock(piece, PoisonByte, (uint)bytes);
}
