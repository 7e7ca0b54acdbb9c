using System;
using System.Numerics;
using System.Threading;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

/// <summary>All native memory of the store: one reservation, made at start, handed out as slabs of 64 KiB and 2 MiB.
///
/// Contract. Owner: whoever allocated a slab, until it frees it. Lifetime: the arena's. Alignment: a slab is aligned to
/// its size. Content: undefined (a used slab comes back as it was; 0xDD in Debug). Threads: all methods from any
/// thread; a lock guards the bookkeeping, never the slabs.
///
/// The reservation is cut into chunks of 2 MiB. A chunk is fresh (never touched), warm (free, still backed by memory),
/// cold (free, given back to the system), a large slab, or carved into 32 small slabs. Warm chunks are reused first:
/// their pages cost no faults. Until 16 MiB are in use chunks get small pages, so that an idle daemon stays small;
/// from then on huge pages, whose first touch is seven times faster.</summary>
internal sealed unsafe partial class Arena : IDisposable
{
    public const int SmallSlabBytes = 64 * 1024;
    public const int LargeSlabBytes = 2 * 1024 * 1024;
    public const long DefaultBudget = 2L << 30;

    private const long HugePagesFromBytes = 16L << 20;
    private const int RegionAlignment = 64;

    private enum ChunkState : byte { Free, Large, Carved }

    private readonly Lock _lock = new();
    private readonly byte* _reservation;
    private readonly nuint _reservationBytes;
    private readonly byte* _base; // aligned to a chunk
    private readonly ChunkState[] _states;
    private readonly uint[] _freeSmall; // per carved chunk: a bit for each free small slab
    private readonly int[] _warm, _cold; // stacks of free chunks
    private readonly long _keepWarmBytes;
    private int _warmCount, _coldCount;
    private int _fresh; // the first chunk never handed out
    private int _freshEnd; // chunks from here on belong to regions
    private int _firstFreeSmall; // no chunk below has a free small slab
    private long _used;
    private long _regionBytes;
    private bool _sealed, _disposed;

    /// <param name="budgetBytes">The most that may be in use; rounded down to 2 MiB, at least 2 MiB.</param>
    /// <param name="keepWarmBytes">Free memory above this goes back to the system at once;
    /// by default a sixteenth of the budget, at least 32 MiB.</param>
    public Arena(long budgetBytes = DefaultBudget, long keepWarmBytes = -1)
    {
        if (budgetBytes < LargeSlabBytes) Throw.OutOfRange(nameof(budgetBytes));
        int chunks = checked((int)(budgetBytes / LargeSlabBytes));
        Budget = (long)chunks * LargeSlabBytes;
        _keepWarmBytes = keepWarmBytes >= 0 ? keepWarmBytes : Math.Max(Budget / 16, 32L << 20);
        _reservationBytes = (nuint)(Budget + LargeSlabBytes);
        _reservation = VirtualMemory.Reserve(_reservationBytes);
        _base = (byte*)(((nuint)_reservation + LargeSlabBytes - 1) & ~(nuint)(LargeSlabBytes - 1));
        _states = new ChunkState[chunks];
        _freeSmall = new uint[chunks];
        _warm = new int[chunks];
        _cold = new int[chunks];
        _freshEnd = chunks;
        _firstFreeSmall = chunks;
    }

    /// <summary>The most that may be in use, in bytes.</summary>
    public long Budget { get; }

    /// <summary>Bytes of slabs and regions handed out and not yet freed.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Bytes that can still be handed out (large slabs may need more than fragments offer).</summary>
    public long Available => Budget - Used;

    /// <summary>Bytes of free chunks that still hold memory.</summary>
    public long WarmBytes => (long)Volatile.Read(ref _warmCount) * LargeSlabBytes;

    /// <summary>Cuts a region off for good, for owners that keep it until the end (buffers). Only before
    /// <see cref="Seal"/>. Aligned to 64 bytes, zeroed.</summary>
    /// <exception cref="ArenaExhaustedException">The budget has not enough left.</exception>
    public Span<byte> Reserve(int bytes)
    {
        if (bytes <= 0) Throw.OutOfRange(nameof(bytes));
        lock (_lock)
        {
            Invariant.Check(!_sealed);
            long total = _regionBytes + ((bytes + RegionAlignment - 1L) & -RegionAlignment);
            int chunks = (int)((total + LargeSlabBytes - 1) / LargeSlabBytes);
            int end = _states.Length - chunks;
            if (end < _fresh) throw new ArenaExhaustedException(Budget, _used, bytes);
            for (int i = end; i < _freshEnd; i++) VirtualMemory.Commit(Chunk(i), LargeSlabBytes, hugePages: false);
            _used += (long)(_freshEnd - end) * LargeSlabBytes;
            _freshEnd = end;
            _regionBytes = total;
            return new Span<byte>(_base + Budget - total, bytes);
        }
    }

    /// <summary>Ends the start: later reservations are a bug; slabs go on.</summary>
    public void Seal()
    {
        lock (_lock) _sealed = true;
    }

    /// <summary>Hands out a slab of <see cref="SmallSlabBytes"/> or <see cref="LargeSlabBytes"/>; null when the budget
    /// is used up.</summary>
    public byte* TryAllocate(int bytes)
    {
        Invariant.Check(bytes is SmallSlabBytes or LargeSlabBytes);
        byte* slab;
        lock (_lock)
        {
            Invariant.Check(!_disposed);
            slab = bytes == LargeSlabBytes ? TakeChunk(ChunkState.Large) : TakeSmall();
            if (slab is null) return null;
            _used += bytes;
            Remember(slab, bytes);
        }
        DebugCheck.That(((nuint)slab & (nuint)(bytes - 1)) == 0);
        return slab;
    }

    /// <summary>As <see cref="TryAllocate"/>, for callers that can't go on without.</summary>
    /// <exception cref="ArenaExhaustedException">The budget is used up.</exception>
    public byte* Allocate(int bytes)
    {
        byte* slab = TryAllocate(bytes);
        if (slab is null) throw new ArenaExhaustedException(Budget, Used, bytes);
        return slab;
    }

    /// <summary>Takes a slab back. Freeing what is not allocated is a bug and stops the process.</summary>
    public void Free(byte* slab, int bytes)
    {
        long offset = slab - _base;
        Invariant.Check(offset >= 0 && offset < Budget);
        Invariant.Check((offset & (bytes - 1)) == 0);
        int chunk = (int)(offset / LargeSlabBytes);
        lock (_lock)
        {
            if (bytes == LargeSlabBytes)
            {
                Invariant.Check(_states[chunk] == ChunkState.Large);
                Forget(slab, bytes);
                PushWarm(chunk);
            }
            else
            {
                Invariant.Equal(bytes, SmallSlabBytes);
                Invariant.Check(_states[chunk] == ChunkState.Carved);
                uint bit = 1u << (int)(offset % LargeSlabBytes / SmallSlabBytes);
                Invariant.Check((_freeSmall[chunk] & bit) == 0);
                Forget(slab, bytes);
                _freeSmall[chunk] |= bit;
                if (_freeSmall[chunk] == uint.MaxValue) PushWarm(chunk);
                else _firstFreeSmall = Math.Min(_firstFreeSmall, chunk);
            }
            _used -= bytes;
            TrimLocked(_keepWarmBytes);
        }
    }

    /// <summary>Gives free memory back to the system until at most <paramref name="keepBytes"/> stay warm.
    /// For quiet times: reusing warm memory is what makes the next burst fast.</summary>
    public void Trim(long keepBytes = 0)
    {
        lock (_lock) TrimLocked(keepBytes);
    }

    /// <summary>Where a pointer lies in the arena: a handle that survives in 64 bits beside a length.</summary>
    public long OffsetOf(byte* address)
    {
        DebugCheck.That(address >= _base && address < _base + Budget);
        return address - _base;
    }

    /// <summary>The bytes behind an offset that <see cref="OffsetOf"/> gave; their owner says how long they
    /// live.</summary>
    public ReadOnlySpan<byte> BytesAt(long offset, int length)
    {
        Invariant.Check(offset >= 0 && length >= 0 && offset <= Budget - length);
        return new ReadOnlySpan<byte>(_base + offset, length);
    }

    /// <summary>Ends the reservation. With slabs still out it stays mapped: a straggler must not crash a process that
    /// is ending; Debug builds report them on standard error.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        ReportLeaks();
        if (_used == (long)(_states.Length - _freshEnd) * LargeSlabBytes)
            VirtualMemory.Release(_reservation, _reservationBytes);
    }

    private byte* Chunk(int index) => _base + (long)index * LargeSlabBytes;

    private byte* TakeChunk(ChunkState state)
    {
        int chunk;
        if (_warmCount > 0)
        {
            chunk = _warm[--_warmCount];
        }
        else
        {
            if (_coldCount > 0) chunk = _cold[--_coldCount];
            else if (_fresh < _freshEnd) chunk = _fresh++;
            else return null;
            VirtualMemory.Commit(Chunk(chunk), LargeSlabBytes, hugePages: _used >= HugePagesFromBytes);
        }
        DebugCheck.That(_states[chunk] == ChunkState.Free);
        _states[chunk] = state;
        return Chunk(chunk);
    }

    private byte* TakeSmall()
    {
        int chunk = _firstFreeSmall;
        if (chunk < _freeSmall.Length)
        {
            int skip = _freeSmall.AsSpan(chunk).IndexOfAnyExcept(0u);
            _firstFreeSmall = chunk = skip < 0 ? _freeSmall.Length : chunk + skip;
        }
        if (chunk == _freeSmall.Length)
        {
            byte* carved = TakeChunk(ChunkState.Carved);
            if (carved is null) return null;
            chunk = (int)((carved - _base) / LargeSlabBytes);
            _freeSmall[chunk] = uint.MaxValue;
            _firstFreeSmall = chunk;
        }
        int slab = BitOperations.TrailingZeroCount(_freeSmall[chunk]);
        _freeSmall[chunk] &= _freeSmall[chunk] - 1;
        return Chunk(chunk) + slab * SmallSlabBytes;
    }

    private void PushWarm(int chunk)
    {
        _states[chunk] = ChunkState.Free;
        _freeSmall[chunk] = 0;
        _warm[_warmCount++] = chunk;
    }

    private void TrimLocked(long keepBytes)
    {
        while ((long)_warmCount * LargeSlabBytes > keepBytes)
        {
            int chunk = _warm[--_warmCount];
            VirtualMemory.Decommit(Chunk(chunk), LargeSlabBytes);
            _cold[_coldCount++] = chunk;
        }
    }
}
