using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Bits;

/// <summary>Writes bit fields, most significant bit first, into a span. It never writes past the end: what does not
/// fit is dropped and <see cref="Overflowed"/> stays set, so that an encoder on trial may simply run out of room.
/// </summary>
internal ref struct BitWriter(Span<byte> to)
{
    private readonly Span<byte> _to = to;
    private ulong _pending; // the low _pendingCount bits are not yet in the span
    private int _pendingCount; // 0..63
    private int _length;

    /// <summary>Something did not fit; <see cref="Finish"/> is then meaningless.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Bytes needed so far, the unfinished one included.</summary>
    public readonly int Length => _length + (_pendingCount + 7) / 8;

    /// <summary>Appends the low <paramref name="count"/> bits, 1 to 64, of <paramref name="bits"/>; its higher bits
    /// must be zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ulong bits, int count)
    {
        DebugCheck.That(count is >= 1 and <= 64);
        DebugCheck.That(count == 64 || bits >> count == 0);
        int room = 64 - _pendingCount;
        if (count < room)
        {
            _pending = _pending << count | bits;
            _pendingCount += count;
            return;
        }
        int left = count - room; // 0..63
        // room is 1..64; a shift by 64 would be a shift by none, hence in two steps.
        ulong word = (_pending << room - 1) << 1 | bits >> left;
        if (!BinaryPrimitives.TryWriteUInt64BigEndian(_to[_length..], word)) WriteLast(word, 64);
        else _length += sizeof(ulong);
        _pending = left == 0 ? 0 : bits & (1ul << left) - 1;
        _pendingCount = left;
    }

    /// <summary>Pads with zero bits to a whole byte and returns the length in bytes.</summary>
    public int Finish()
    {
        if (_pendingCount > 0) WriteLast(_pending << 64 - _pendingCount, _pendingCount);
        _pending = 0;
        _pendingCount = 0;
        return _length;
    }

    private void WriteLast(ulong word, int count)
    {
        for (int at = 0; at < count; at += 8)
        {
            if (_length == _to.Length)
            {
                Overflowed = true;
                return;
            }
            _to[_length++] = (byte)(word >> 56 - at);
        }
    }
}
