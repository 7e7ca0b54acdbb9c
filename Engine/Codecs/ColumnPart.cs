using System;

namespace Slungd.Engine.Codecs;

/// <summary>Where a block of a column lies beside the range of it that is wanted.</summary>
/// <param name="Start">The block's first number.</param>
/// <param name="Length">How many the block has.</param>
/// <param name="From">The first number wanted.</param>
/// <param name="Count">How many are wanted.</param>
internal readonly record struct ColumnPart(int Start, int Length, int From, int Count)
{
    public bool IsBefore => Start + Length <= From;

    public bool IsBehind => Start >= From + Count;

    public bool IsWhole => Start >= From && Start + Length <= From + Count;

    /// <summary>Of the block's numbers those up to and including the last one wanted.</summary>
    public int WantedLength => Math.Min(Length, From + Count - Start);

    /// <summary>Copies what is wanted of the decoded block, or of its first <see cref="WantedLength"/>.</summary>
    public void Copy(ReadOnlySpan<long> block, Span<long> into)
    {
        int first = Math.Max(Start, From), end = Math.Min(Start + Length, From + Count);
        if (first < end) block[(first - Start)..(end - Start)].CopyTo(into[(first - From)..]);
    }
}
