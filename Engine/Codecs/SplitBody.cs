using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>The parts of a split page that is being read; see <see cref="SplitPage"/>.</summary>
[SkipLocalsInit]
internal readonly ref struct SplitBody
{
    public readonly int Right;
    public readonly int MissCount;

    private readonly int _count;
    private readonly int _indexWidth;
    private readonly SplitPage.Lefts _lefts;
    private readonly int _leftCount;
    private readonly ReadOnlySpan<byte> _misses;
    private readonly ReadOnlySpan<byte> _indexes;
    private readonly ReadOnlySpan<byte> _rights;

    private SplitBody(ReadOnlySpan<byte> body, int count, int missCount, int at, int indexLength, int rightLength)
    {
        (Right, _leftCount, _count, MissCount) = (body[0], body[1] + 1, count, missCount);
        _indexWidth = WidthOf(_leftCount);
        for (int i = 0; i < _leftCount; i++) _lefts[i] = BinaryPrimitives.ReadUInt16LittleEndian(body[(2 + 2 * i)..]);
        _rights = body[^rightLength..];
        _indexes = body[^(rightLength + indexLength)..^rightLength];
        _misses = body[at..^(rightLength + indexLength)];
    }

    /// <summary>Bits of an index into so many left parts.</summary>
    public static int WidthOf(int count) => BitOperations.Log2((uint)count * 2 - 1);

    /// <summary>False when the page is not sound; whether the misses are shows when they are read.</summary>
    /// <param name="body">Behind the id.</param>
    /// <param name="count">Values it was written for.</param>
    /// <param name="split">Its parts.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, int count, out SplitBody split)
    {
        split = default;
        if (body.Length < 2 || body[1] >= SplitBlocks.MaxLefts) return false;
        if (body[0] is < SplitPage.MinRight or > SplitPage.MaxRight) return false;
        int leftCount = body[1] + 1, at = 2 + leftCount * sizeof(ushort);
        if (body.Length < at) return false;
        if (!Varint.TryRead(body, ref at, out ulong misses) || misses > (ulong)count) return false;
        int indexLength = BitPacking.SizeOf(count, WidthOf(leftCount));
        int rightLength = BitPacking.SizeOf(count, body[0]);
        if (body.Length - at < indexLength + rightLength) return false;
        split = new SplitBody(body, count, (int)misses, at, indexLength, rightLength);
        return true;
    }

    /// <summary>The left parts; an index beyond them stands for 0.</summary>
    [UnscopedRef]
    public ReadOnlySpan<ushort> Lefts => _lefts[.._leftCount];

    /// <summary>The full blocks.</summary>
    public SplitBlocks Blocks
    {
        get
        {
            int full = _count - TailLength;
            return new SplitBlocks(_indexes[..BitPacking.SizeOf(full, _indexWidth)], _indexWidth,
                _rights[..BitPacking.SizeOf(full, Right)], Right, Lefts);
        }
    }

    /// <summary>Values behind the last full block.</summary>
    public int TailLength => _count % BitPacking.BlockLength;

    /// <summary>Joins those.</summary>
    public void JoinTail(Span<ulong> into)
    {
        int full = _count - TailLength;
        Span<long> rights = stackalloc long[BitPacking.BlockLength];
        rights = rights[..into.Length];
        BitPacking.Unpack(_indexes[BitPacking.SizeOf(full, _indexWidth)..], 0, _indexWidth, Reinterpret.AsInt64(into));
        BitPacking.Unpack(_rights[BitPacking.SizeOf(full, Right)..], 0, Right, rights);
        for (int i = 0; i < into.Length; i++)
        {
            // An index of a hostile page may lead past the parts.
            ulong left = into[i] < (ulong)_leftCount ? _lefts[(int)into[i]] : 0ul;
            into[i] = left << Right | (ulong)rights[i];
        }
    }

    /// <summary>The right part of a value.</summary>
    public ulong RightAt(int index) => BitPacking.At(_rights, _count, Right, index);

    /// <summary>Reads the next miss.</summary>
    /// <param name="at">Where; 0 at first.</param>
    /// <param name="position">Behind the last one, and then that of this one; 0 at first.</param>
    /// <param name="left">Its left part.</param>
    public bool TryReadMiss(ref int at, ref int position, out ulong left)
    {
        ulong gap;
        uint word = _misses.Length - at >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(_misses[at..]) : ~0u;
        if ((word & 0x8080) != 0x8080)
        {
            // Gaps of one byte and of two are equally likely: no branch between them.
            int more = (int)(word >> 7 & 1);
            gap = word & 0x7f | (word >> 1 & 0x3f80 & (uint)-more);
            left = word >> 8 + 8 * more & 0xffff;
            at += 3 + more;
        }
        else
        {
            left = 0;
            if (!Varint.TryRead(_misses, ref at, out gap) || _misses.Length - at < sizeof(ushort)) return false;
            left = BinaryPrimitives.ReadUInt16LittleEndian(_misses[at..]);
            at += sizeof(ushort);
        }
        if (gap >= (ulong)(_count - position)) return false;
        position += (int)gap;
        return true;
    }

    /// <summary>Whether the misses end there.</summary>
    public bool EndsAt(int at) => at == _misses.Length;
}
