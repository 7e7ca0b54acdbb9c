using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Bits;

/// <summary>Writes bit fields, low bits first, into a span that has room for all of them.</summary>
internal ref struct LowBitWriter(Span<byte> to)
{
    private readonly Span<byte> _to = to;
    private ulong _pending; // the low _used bits are not yet in the span
    private int _used; // 0..63
    private int _length;

    /// <summary>Appends the low <paramref name="count"/> bits, 0 to 64, of <paramref name="bits"/>; its higher bits
    /// must be zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ulong bits, int count)
    {
        DebugCheck.That(count is >= 0 and <= 64);
        DebugCheck.That(count == 64 || bits >> count == 0);
        _pending |= bits << _used;
        _used += count;
        if (_used < 64) return;
        BinaryPrimitives.WriteUInt64LittleEndian(_to[_length..], _pending);
        _length += sizeof(ulong);
        _used -= 64;
        _pending = _used == 0 ? 0 : bits >> count - _used;
    }

    /// <summary>Pads with zero bits to a whole byte and returns the length in bytes.</summary>
    public int Finish()
    {
        for (; _used > 0; _used -= 8, _pending >>= 8) _to[_length++] = (byte)_pending;
        _used = 0;
        return _length;
    }
}
