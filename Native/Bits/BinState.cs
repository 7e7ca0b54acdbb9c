using System.Runtime.InteropServices;

namespace Slungd.Native.Bits;

/// <summary>What a decoder of binned numbers does in one of its states (<see cref="BinDecoder"/>): the number is
/// Lower + OffsetBits bits of the stream, the next state Next + StateBits bits.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct BinState
{
    [FieldOffset(0)] public ulong Lower;
    [FieldOffset(8)] public ushort Next;
    [FieldOffset(10)] public byte StateBits;
    [FieldOffset(11)] public byte OffsetBits;

    /// <summary>Both together.</summary>
    [FieldOffset(12)] public byte TotalBits;

    /// <summary>All but Lower in one store.</summary>
    [FieldOffset(8)] public ulong Move;
}
