using System;
using System.Buffers;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

// Contract: owns its block until Detach or Dispose. One thread. Spans and memories that were handed out are dead after
// the next call.

/// <summary>Collects bytes of unknown number in native memory, doubling as needed up to a limit.</summary>
internal sealed class NativeBufferWriter : IBufferWriter<byte>, IDisposable
{
    private readonly ByteBudget _budget;
    private readonly int _maxBytes;
    private NativeBlock? _block;
    private BlockMemory? _memory;

    /// <param name="budget">Pays for the block.</param>
    /// <param name="firstBytes">The block's first size, a power of two.</param>
    /// <param name="maxBytes">More is refused.</param>
    /// <exception cref="OutputTooLargeException">The budget has no room.</exception>
    public NativeBufferWriter(ByteBudget budget, int firstBytes, int maxBytes)
    {
        _budget = budget;
        _maxBytes = maxBytes;
        _block = NativeBlock.TryAllocate(budget, firstBytes) ?? throw new OutputTooLargeException();
        _memory = new BlockMemory(_block);
    }

    public int WrittenCount { get; private set; }

    public Span<byte> WrittenSpan => _block!.Span[..WrittenCount];

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _block!.Span[WrittenCount..];
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _memory!.Memory[WrittenCount..];
    }

    public void Advance(int count)
    {
        Invariant.Check(count >= 0 && count <= _block!.Length - WrittenCount);
        WrittenCount += count;
    }

    /// <summary>Bytes that fit without another block.</summary>
    public int Capacity => _block!.Length;

    /// <summary>Begins anew in the same block.</summary>
    public void Clear() => WrittenCount = 0;

    /// <summary>Hands the block over to the caller; the writer is finished.</summary>
    public NativeBlock Detach()
    {
        NativeBlock block = _block!;
        _block = null;
        _memory = null;
        return block;
    }

    public void Dispose()
    {
        _block?.Dispose();
        _block = null;
    }

    private void EnsureRoom(int sizeHint)
    {
        NativeBlock old = _block!;
        long need = WrittenCount + Math.Max(1L, sizeHint);
        if (need <= old.Length) return;
        long length = old.Length;
        while (length < need) length *= 2;
        NativeBlock? larger = need > _maxBytes ? null : NativeBlock.TryAllocate(_budget, (int)length);
        if (larger is null) throw new OutputTooLargeException();
        old.Span[..WrittenCount].CopyTo(larger.Span);
        old.Dispose();
        _block = larger;
        _memory = new BlockMemory(larger);
    }

    /// <summary>A view for callers that ask for Memory; the writer keeps the block alive.</summary>
    private sealed class BlockMemory(NativeBlock block) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => block.Span;

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            fixed (byte* at = &block.Span[elementIndex]) return new MemoryHandle(at); // native memory never moves
        }

        public override void Unpin()
        {
            // Native memory needs no pin.
        }

        protected override void Dispose(bool disposing)
        {
            // The block is the writer's.
        }
    }
}

/// <summary>The output would outgrow its limit or the memory budget.</summary>
internal sealed class OutputTooLargeException() : Exception("the output is too large");
