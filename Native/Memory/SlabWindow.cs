using System;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

/// <summary>A view of the first slabs of a <see cref="SlabQueue"/>.
/// Contract: owns nothing; its spans are dead once the queue drops the slabs. One thread.</summary>
internal sealed unsafe class SlabWindow
{
    public const int MaxSlabs = 64;

    /// <summary>No slab is added once so much is shown: what fits in a second-level cache.</summary>
    private const int EnoughBytes = 512 * 1024;

    private readonly nint[] _starts = new nint[MaxSlabs];
    private readonly int[] _lengths = new int[MaxSlabs];
    private int _bytes;

    public int Count { get; private set; }

    public bool IsFull => Count == MaxSlabs || _bytes >= EnoughBytes;

    public ReadOnlySpan<byte> this[int slab]
    {
        get
        {
            DebugCheck.That((uint)slab < (uint)Count);
            return new ReadOnlySpan<byte>((byte*)_starts[slab], _lengths[slab]);
        }
    }

    internal void Clear() => Count = _bytes = 0;

    internal void Add(byte* start, int length)
    {
        _starts[Count] = (nint)start;
        _lengths[Count++] = length;
        _bytes += length;
    }
}
