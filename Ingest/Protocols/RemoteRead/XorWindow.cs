using System;
using System.Numerics;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.RemoteRead;

/// <summary>Writes a number as what differs from the one before it: see <see cref="XorChunk"/>. Keeps the window of
/// bits that the last difference needed.</summary>
internal struct XorWindow
{
    private bool _isOpen;
    private int _leading;
    private int _trailing;

    public void Write(ref BitWriter bits, ulong xor)
    {
        if (xor == 0)
        {
            bits.Write(0, 1);
            return;
        }
        int leading = Math.Min(31, BitOperations.LeadingZeroCount(xor));
        int trailing = BitOperations.TrailingZeroCount(xor);
        if (_isOpen && leading >= _leading && trailing >= _trailing)
        {
            bits.Write(0b10, 2);
            bits.Write(xor >> _trailing, 64 - _leading - _trailing);
            return;
        }
        (_isOpen, _leading, _trailing) = (true, leading, trailing);
        int count = 64 - leading - trailing;
        bits.Write(0b11UL << 11 | (ulong)leading << 6 | (ulong)count & 63, 13);
        bits.Write(xor >> trailing, count);
    }
}
