using System;
using System.Numerics;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>Working memory of the encoders, one per thread, as long as the longest page so far. Decoders need none.
/// </summary>
internal sealed class CodecScratch
{
    [ThreadStatic]
    private static CodecScratch? t_scratch;

    private long[] _integers = [];
    private long[] _residuals = [];
    private ulong[] _sorted = [];
    private ulong[] _otherSorted = [];
    private ushort[] _misses = [];
    private ushort[] _bins = [];
    private uint[] _moves = [];

    public readonly BinTree Tree = new();

    public readonly BinEncoder Encoder = new();

    /// <summary>Digits after the point of the last page of decimals: likely those of the next.</summary>
    public int LastDigits { get; set; }

    public static CodecScratch OfThread => t_scratch ??= new CodecScratch();

    /// <summary>Integers made of a page's values.</summary>
    public Span<long> Integers(int count) => Fit(ref _integers, count);

    /// <summary>Indexes of values that are no decimals.</summary>
    public Span<ushort> Misses(int count) => Fit(ref _misses, count);

    /// <summary>What a model leaves of integers.</summary>
    public Span<long> Residuals(int count) => Fit(ref _residuals, count);

    /// <summary>The distances of numbers from the least one, in order.</summary>
    public ReadOnlySpan<ulong> Sort(ReadOnlySpan<long> numbers, out long least)
    {
        Kernels.MinMax(numbers, out least, out long greatest);
        Span<ulong> sorted = Fit(ref _sorted, numbers.Length), other = Fit(ref _otherSorted, numbers.Length);
        for (int i = 0; i < numbers.Length; i++) sorted[i] = (ulong)(numbers[i] - least);
        return RadixSort.Run(sorted, other, (ulong)(greatest - least));
    }

    /// <summary>The bin of each.</summary>
    public Span<ushort> Bins(int count) => Fit(ref _bins, count);

    /// <summary>The bits by which each moves its decoder on.</summary>
    public Span<uint> Moves(int count) => Fit(ref _moves, count);

    private static Span<T> Fit<T>(ref T[] buffer, int count)
    {
        if (buffer.Length < count) buffer = new T[(int)BitOperations.RoundUpToPowerOf2((uint)count)];
        return buffer.AsSpan(0, count);
    }
}
