using System;
using Slungd.Native.Checks;

namespace Slungd.Engine.Codecs;

/// <summary>Timestamp pages: up to <see cref="MaxCount"/> 64-bit integers, in any order though almost always ascending.
/// What <see cref="Encode"/> wrote <see cref="TryDecode"/> restores exactly; on anything else it returns false or some
/// timestamps, but never fails otherwise.</summary>
internal static class TimestampCodec
{
    /// <summary>Points of the largest page.</summary>
    public const int MaxCount = 65536;

    /// <summary>Bytes that a page of so many points may take.</summary>
    public static int MaxEncodedSize(int count) => RawPage.EncodedSize(count);

    /// <summary>Writes a page and returns its length.</summary>
    /// <param name="timestamps">1 to <see cref="MaxCount"/> points.</param>
    /// <param name="preference">The user's choice; what it can't make smaller than raw is written raw.</param>
    /// <param name="effort">How hard to try.</param>
    /// <param name="to">At least <see cref="MaxEncodedSize"/> bytes.</param>
    public static int Encode(ReadOnlySpan<long> timestamps, TimestampEncoding preference, CodecEffort effort,
        Span<byte> to)
    {
        Invariant.Check(timestamps.Length is >= 1 and <= MaxCount);
        Invariant.Check(to.Length >= MaxEncodedSize(timestamps.Length));
        // What takes as much as raw is no use: the encoders stop there.
        Span<byte> room = to[..RawPage.EncodedSize(timestamps.Length)];
        int length;
        bool fits = preference switch
        {
            TimestampEncoding.Gorilla => GorillaPage.TryEncode(timestamps, room, out length),
            TimestampEncoding.Delta => DeltaPage.TryEncode(timestamps, room, out length),
            _ => RegularPage.TryEncode(timestamps, room, out length)
                || RunsPage.TryEncode(timestamps, room, out length)
                || PackedPage.TryEncode(PageEncoding.TimestampsPacked, timestamps, effort, room, out length),
        };
        return fits ? length : RawPage.Encode(PageEncoding.TimestampsRaw, timestamps, to);
    }

    /// <summary>Restores exactly <paramref name="into"/>.Length timestamps; false when the page is not sound. A page
    /// holds no count: one for another count may give some timestamps.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> page, Span<long> into) => TryDecode(page, into.Length, 0, into);

    /// <summary>Restores a range of a page, and decodes hardly more than the blocks of 512 or 1,024 that hold it, where
    /// the layout allows that: not delta and gorilla.</summary>
    /// <param name="page">All of it.</param>
    /// <param name="count">How many timestamps it was written for.</param>
    /// <param name="from">The first that is wanted.</param>
    /// <param name="into">As many as are wanted.</param>
    public static bool TryDecode(ReadOnlySpan<byte> page, int count, int from, Span<long> into)
    {
        if (page.IsEmpty || count is 0 or > MaxCount || into.IsEmpty) return false;
        Invariant.Check(from >= 0 && from <= count - into.Length);
        ReadOnlySpan<byte> body = page[1..];
        switch ((PageEncoding)page[0])
        {
            case PageEncoding.TimestampsRaw: return RawPage.TryDecode(body, count, from, into);
            case PageEncoding.TimestampsRegular: return RegularPage.TryDecode(body, from, into);
            case PageEncoding.TimestampsPacked: return PackedPage.TryDecode(body, count, from, into);
            case PageEncoding.TimestampsRuns: return RunsPage.TryDecode(body, count, from, into);
        }
        Span<long> all = into.Length == count ? into : CodecScratch.OfThread.Integers(count);
        bool isSound = (PageEncoding)page[0] switch
        {
            PageEncoding.TimestampsDelta => DeltaPage.TryDecode(body, all),
            PageEncoding.TimestampsGorilla => GorillaPage.TryDecode(body, all),
            _ => false,
        };
        if (into.Length < count) all.Slice(from, into.Length).CopyTo(into);
        return isSound;
    }

    /// <summary>Whether encoding the timestamps again with more effort may give a smaller page.</summary>
    /// <param name="page">Not empty.</param>
    public static bool MayShrink(ReadOnlySpan<byte> page) => (PageEncoding)page[0] is PageEncoding.TimestampsPacked;
}
