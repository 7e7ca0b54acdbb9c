namespace Slungd.Engine.Model;

/// <summary>Where the bytes of a Bytes, String or Histogram value lie in the payload that travels beside the rows.
/// Packed into the 64 value bits: offset in the high half, length in the low half.</summary>
internal readonly record struct PayloadRef(uint Offset, uint Length)
{
    public ulong ToBits() => (ulong)Offset << 32 | Length;

    public static PayloadRef FromBits(ulong bits) => new((uint)(bits >> 32), (uint)bits);
}
