using System;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Native.Simd;
using Xunit;

namespace Slungd.Tests.Native.Simd;

public class XorMaskTests
{
    [Fact]
    public void Masks_like_the_byte_by_byte_definition_at_every_length_and_offset()
    {
        const uint Key = 0xA1B2C3D4;
        var random = new Random(1);
        byte[] data = new byte[400];
        byte[] want = new byte[400];
        for (int length = 0; length <= 300; length++)
        {
            int offset = length % 70;
            random.NextBytes(data);
            data.CopyTo(want, 0);
            for (int i = 0; i < length; i++) want[offset + i] ^= (byte)(Key >> (8 * (i & 3)));
            XorMask.Apply(data.AsSpan(offset, length), Key);
            Assert.Equal(want, data); // the neighbours too
        }
    }

    [Fact]
    public void A_message_in_pieces_masks_like_the_whole() => Prop.ForAll<byte[], uint>((data, key) =>
    {
        byte[] whole = (byte[])data.Clone();
        XorMask.Apply(whole, key);
        int cut = data.Length / 3;
        XorMask.Apply(data.AsSpan(0, cut), key);
        XorMask.Apply(data.AsSpan(cut), XorMask.Advance(key, cut & 3));
        return data.AsSpan().SequenceEqual(whole);
    }).QuickCheckThrowOnFailure();
}
