using System.Runtime.InteropServices;

namespace Slungd.Native.Bits;

/// <summary>What a decoder of binned numbers does in one of its states (<see cref="BinDecoder"/>): the number is
/// Lower + OffsetBits bits of the stream, the next state Next + StateBits bits.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct BinState
{
    public ulong Lower;
    public ushort Next;
    public byte StateBits;
    public byte OffsetBits;
}
