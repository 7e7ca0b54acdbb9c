using System;
using Slungd.Native.Simd;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.NativeSimd;

public class SplitBlocksTests(ITestOutputHelper output)
{
    public static TheoryData<string> Variants => [.. KernelChoice.Names];

    private bool IsMissing(string name, out KernelSet set)
    {
        set = KernelChoice.Find(name, out string? reason)!;
        if (set is null) output.WriteLine($"skipped: {reason}");
        return set is null;
    }

    /// <summary>Packs numbers at an odd address.</summary>
    private static ReadOnlySpan<byte> Pack(long[] numbers, int width)
    {
        int length = BitPacking.SizeOf(numbers.Length, width);
        Span<byte> packed = new byte[1 + length].AsSpan(1);
        BitPacking.Pack(numbers, 0, width, packed);
        return packed;
    }

    private static readonly ulong[] s_values = Array.ConvertAll(
        new[] { 64.5, -32.5, 16.5, 8.5, 0.5, 1e-9, -2.5, 1e9 }, BitConverter.DoubleToUInt64Bits);

    /// <summary>Noise, below the exponent.</summary>
    private static long RightOf(long index, int width, Random random)
    {
        long noise = random.NextInt64(1L << Math.Min(width, 52));
        return noise | (long)(s_values[index] >> 52 << 52) & (1L << width) - 1;
    }

    [Theory, MemberData(nameof(Variants))]
    public void EveryCutIsJoinedAndSummed(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var random = new Random(14);
        for (int width = 48; width <= 62; width++)
        {
            for (int leftCount = 1; leftCount <= SplitBlocks.MaxLefts; leftCount++)
            {
                int count = random.Next(1, 4) * BitPacking.BlockLength;
                int indexWidth = leftCount switch { 1 => 0, 2 => 1, <= 4 => 2, _ => 3 };
                ushort[] lefts = Array.ConvertAll(s_values[..leftCount], value => (ushort)(value >> width));
                var (indexes, rights, want) = (new long[count], new long[count], new long[count]);
                var exact = new ExactSum();
                for (int i = 0; i < count; i++)
                {
                    indexes[i] = random.Next(leftCount);
                    rights[i] = RightOf(indexes[i], width, random);
                    want[i] = (long)lefts[indexes[i]] << width | rights[i];
                    exact.Add(BitConverter.Int64BitsToDouble(want[i]));
                }
                var blocks = new SplitBlocks(Pack(indexes, indexWidth), indexWidth, Pack(rights, width), width, lefts);
                Assert.Equal(count / BitPacking.BlockLength, blocks.Count);
                // Nothing is written outside.
                var got = new long[count + 2];
                set.Join(in blocks, got.AsSpan(1, count));
                Assert.Equal(want, got[1..^1]);
                Assert.Equal((0, 0), (got[0], got[^1]));
                (double sum, double low) = (0, 0);
                set.SumJoined(in blocks, ref sum, ref low);
                Assert.True(exact.IsNear(sum + low), $"{width} bits, {leftCount} left parts: {sum + low}");
            }
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void AnIndexBeyondTheLeftPartsStandsForZero(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var indexes = new long[BitPacking.BlockLength];
        Array.Fill(indexes, 7);
        indexes[100] = 4;
        var rights = new long[BitPacking.BlockLength];
        Array.Fill(rights, 5);
        var blocks = new SplitBlocks(Pack(indexes, 3), 3, Pack(rights, 52), 52, [1, 2, 3, 4, 9]);
        set.Join(in blocks, indexes);
        for (int i = 0; i < indexes.Length; i++) Assert.Equal(i == 100 ? 9L << 52 | 5 : 5, indexes[i]);
    }

    [Theory, MemberData(nameof(Variants))]
    public void NoBlocksAreNothing(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        (double sum, double low) = (3, 0.25);
        var blocks = new SplitBlocks(default, 3, default, 52, [1, 2, 3, 4, 5]);
        set.Join(in blocks, default);
        set.SumJoined(in blocks, ref sum, ref low);
        Assert.Equal(3.25, sum + low);
    }
}
