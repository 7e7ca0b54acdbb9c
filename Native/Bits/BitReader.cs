using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Bits;

/// <summary>Reads bit fields, most significant bit first. Past the end it yields zero bits and sets
/// <see cref="Overrun"/>: a decoder of hostile input checks once at its end instead of before every field.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> from)
{
    private readonly ReadOnlySpan<byte> _from = from;
    private ulong _ahead; // the next bits, left-aligned; below _aheadCount they may be anything that is right
    private int _aheadCount; // valid bits in _ahead; negative once more was taken than there is
    private int _at; // bytes taken from the span

    /// <summary>More bits were taken than there are.</summary>
    public readonly bool Overrun => _aheadCount < 0;

    /// <summary>Bytes of which at least one bit was taken.</summary>
    public readonly int Consumed => _at - _aheadCount / 8;

    /// <summary>The next 56 bits at least, left-aligned, zero past the end; nothing is taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Peek()
    {
        if (_aheadCount < 56) Refill();
        return _ahead;
    }

    /// <summary>Takes <paramref name="count"/> bits, 0 to 56, that the last <see cref="Peek"/> showed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(int count)
    {
        DebugCheck.That(count is >= 0 and <= 56);
        _ahead <<= count;
        _aheadCount -= count;
    }

    /// <summary>Takes <paramref name="count"/> bits, 1 to 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(int count)
    {
        DebugCheck.That(count is >= 1 and <= 64);
        if (count > 56) return ReadLong(count);
        ulong bits = Peek() >> 64 - count;
        Skip(count);
        return bits;
    }

    private ulong ReadLong(int count)
    {
        ulong high = Read(32);
        return high << count - 32 | Read(count - 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Refill()
    {
        if (_at + sizeof(ulong) <= _from.Length && _aheadCount >= 0)
        {
            _ahead |= BinaryPrimitives.ReadUInt64BigEndian(_from[_at..]) >> _aheadCount;
            _at += (63 - _aheadCount) >> 3;
            _aheadCount |= 56;
            return;
        }
        RefillSlowly();
    }

    private void RefillSlowly()
    {
        if (_aheadCount < 0) return;
        // The fast path may have left bits below the valid ones; here they would be counted twice.
        if (_aheadCount > 0) _ahead &= ulong.MaxValue << 64 - _aheadCount;
        else _ahead = 0;
        while (_aheadCount <= 56 && _at < _from.Length)
        {
            _ahead |= (ulong)_from[_at++] << 56 - _aheadCount;
            _aheadCount += 8;
        }
    }
}
