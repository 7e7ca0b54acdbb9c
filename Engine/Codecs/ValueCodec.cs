using System;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;

namespace Slungd.Engine.Codecs;

/// <summary>Value pages of the numeric families: up to <see cref="MaxCount"/> values as their 64 bits. Lossless to the
/// bit, NaN payloads and -0 included. What <see cref="Encode"/> wrote <see cref="TryDecode"/> restores exactly; on
/// anything else it returns false or some values, but never fails otherwise.</summary>
internal static class ValueCodec
{
    /// <summary>Points of the largest page.</summary>
    public const int MaxCount = TimestampCodec.MaxCount;

    // A layout that saves less than a sixteenth is not worth its decoding.
    private const int Margin = 16;

    private const int NoisyBytes = 6;

    /// <summary>Bytes that a page of so many points may take.</summary>
    public static int MaxEncodedSize(int count) => RawPage.EncodedSize(count);

    /// <summary>Writes a page and returns its length.</summary>
    /// <param name="values">1 to <see cref="MaxCount"/> values.</param>
    /// <param name="family">A numeric family; it only guides which layouts are tried.</param>
    /// <param name="effort">How hard to try.</param>
    /// <param name="to">At least <see cref="MaxEncodedSize"/> bytes.</param>
    public static int Encode(ReadOnlySpan<ulong> values, ValueFamily family, CodecEffort effort, Span<byte> to)
    {
        Invariant.Check(values.Length is >= 1 and <= MaxCount);
        Invariant.Check(family.IsNumeric());
        Invariant.Check(to.Length >= MaxEncodedSize(values.Length));
        // What takes as much as raw is no use: the encoders stop there.
        Span<byte> room = to[..RawPage.EncodedSize(values.Length)];
        if (ConstantPage.TryEncode(values, room, out int length)) return length;
        bool fits = family switch
        {
            ValueFamily.Float => TryEncodeFloats(values, effort, room, out length),
            ValueFamily.Bool => BitsPage.TryEncode(values, room, out length),
            _ => PackedPage.TryEncode(PageEncoding.ValuesPacked, Reinterpret.AsInt64(values), effort, room, out length),
        };
        return fits ? length : RawPage.Encode(PageEncoding.ValuesRaw, Reinterpret.AsInt64(values), to);
    }

    /// <summary>Restores exactly <paramref name="into"/>.Length values; false when the page is not sound. A page holds
    /// no count: one for another count may give some values.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> page, Span<ulong> into) => TryDecode(page, into.Length, 0, into);

    /// <summary>Restores a range of a page, and decodes hardly more than the blocks of 512 or 1,024 that hold it, where
    /// the layout allows that: not xor, dictionary and split.</summary>
    /// <param name="page">All of it.</param>
    /// <param name="count">How many values it was written for.</param>
    /// <param name="from">The first that is wanted.</param>
    /// <param name="into">As many as are wanted.</param>
    public static bool TryDecode(ReadOnlySpan<byte> page, int count, int from, Span<ulong> into)
    {
        if (page.IsEmpty || count is 0 or > MaxCount || into.IsEmpty) return false;
        Invariant.Check(from >= 0 && from <= count - into.Length);
        ReadOnlySpan<byte> body = page[1..];
        switch ((PageEncoding)page[0])
        {
            case PageEncoding.ValuesRaw: return RawPage.TryDecode(body, count, from, Reinterpret.AsInt64(into));
            case PageEncoding.ValuesConstant: return ConstantPage.TryDecode(body, into);
            case PageEncoding.ValuesBits: return BitsPage.TryDecode(body, count, from, into);
            case PageEncoding.ValuesPacked: return PackedPage.TryDecode(body, count, from, Reinterpret.AsInt64(into));
            case PageEncoding.ValuesDecimal: return DecimalPage.TryDecode(body, count, from, into);
            case PageEncoding.ValuesFloatBits: return FloatBitsPage.TryDecode(body, count, from, into);
        }
        Span<ulong> all = into;
        if (into.Length < count) all = Reinterpret.AsUInt64(CodecScratch.OfThread.Integers(count));
        bool isSound = (PageEncoding)page[0] switch
        {
            PageEncoding.ValuesXor => XorPage.TryDecode(body, all),
            PageEncoding.ValuesDictionary => DictionaryPage.TryDecode(body, all),
            PageEncoding.ValuesSplit => SplitPage.TryDecode(body, all),
            _ => false,
        };
        if (into.Length < count) all.Slice(from, into.Length).CopyTo(into);
        return isSound;
    }

    /// <summary>Whether encoding the values again with more effort may give a clearly smaller page. Six bytes a value
    /// are mostly noise: real doubles would lose a fortieth, for ten times the time, and three times that of each read.
    /// </summary>
    /// <param name="page">Not empty.</param>
    /// <param name="count">Its values.</param>
    public static bool MayShrink(ReadOnlySpan<byte> page, int count) => page.Length < NoisyBytes * count &&
        (PageEncoding)page[0] is
            PageEncoding.ValuesPacked or PageEncoding.ValuesDecimal or PageEncoding.ValuesFloatBits;

    /// <summary>The sum of a page of floats without restoring them; false when the layout has no short cut, or the page
    /// is not sound: read it then. Such a page holds no NaN.</summary>
    /// <param name="page">All of it.</param>
    /// <param name="count">How many values it was written for.</param>
    /// <param name="sum">Within 1e-15 of the sum of magnitudes.</param>
    public static bool TrySum(ReadOnlySpan<byte> page, int count, out double sum)
    {
        sum = 0;
        if (page.IsEmpty || count is 0 or > MaxCount) return false;
        return (PageEncoding)page[0] switch
        {
            PageEncoding.ValuesDecimal => DecimalSum.TryGet(page[1..], count, out sum),
            PageEncoding.ValuesSplit => SplitSum.TryGet(page[1..], count, out sum),
            _ => false,
        };
    }

    /// <summary>Decimals first, since nearly all floats were once written as such; the slower trials are for the rest.
    /// </summary>
    private static bool TryEncodeFloats(ReadOnlySpan<ulong> values, CodecEffort effort, Span<byte> to,
        out int length)
    {
        CodecScratch scratch = CodecScratch.OfThread;
        ReadOnlySpan<double> floats = Reinterpret.AsDoubles(values);
        Span<byte> worthwhile = to[..(to.Length - to.Length / Margin)];
        if (effort == CodecEffort.Fast && DecimalPage.AreLikely(floats, scratch.LastDigits) && DecimalPage.TryEncode(
                floats, scratch.LastDigits, mayMiss: false, effort, scratch, worthwhile, out length)) return true;
        if (DecimalPage.TryFindDigits(floats, out int digits)
            && DecimalPage.TryEncode(floats, digits, mayMiss: true, effort, scratch, worthwhile, out length))
        {
            scratch.LastDigits = digits;
            return true;
        }
        return TryEncodeReals(values, effort, scratch, worthwhile, out length);
    }

    private static bool TryEncodeReals(ReadOnlySpan<ulong> values, CodecEffort effort, CodecScratch scratch,
        Span<byte> to, out int length)
    {
        // Xor decodes ten times as slowly as anything packed, so it must be clearly the smallest.
        Span<long> integers = scratch.Integers(values.Length);
        int xor = XorPage.Estimate(values);
        Span<byte> packed = to[..Math.Min(to.Length, xor + xor / Margin)];
        if (DictionaryPage.TryEncode(values, integers, packed, out length)) return true;
        bool isPacked = FloatBitsPage.TryEncode(values, effort, integers, packed, out length);
        if (isPacked && length <= (long)values.Length * SplitPage.MinRight / 8) return true;

        // A split writes nothing unless it fits, so the packed page is still there when it does not. Its misses
        // are counted then: the sample may have seen one by chance.
        Span<byte> smaller = isPacked ? packed[..(length - length / 128)] : packed;
        SplitPage.Cut cut = SplitPage.Choose(values);
        if (cut.LeastBits * values.Length <= smaller.Length * 8.0
            && SplitPage.TryEncode(values, cut, scratch, smaller, out int split))
        {
            length = split;
            return true;
        }
        return isPacked || xor <= to.Length && XorPage.TryEncode(values, to, out length);
    }
}
