using System;
using System.Linq;
using Slungd.Native.Simd;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.NativeSimd;

public class PackingTests(ITestOutputHelper output)
{
    public static TheoryData<string> Variants => [.. KernelChoice.Names];

    private bool IsMissing(string name, out KernelSet set)
    {
        set = KernelChoice.Find(name, out string? reason)!;
        if (set is null) output.WriteLine($"skipped: {reason}");
        return set is null;
    }

    private static long[] Numbers(int count, int width, long origin, Random random)
    {
        var numbers = new long[count];
        for (int i = 0; i < count; i++)
        {
            ulong bits = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            numbers[i] = origin + (long)(bits >> 64 - width);
        }
        return numbers;
    }

    [Theory, MemberData(nameof(Variants))]
    public void EveryWidthPacksAsTheReferenceAndBack(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var reference = new ScalarKernels();
        var random = new Random(6);
        for (int width = 1; width <= 64; width++)
        {
            long origin = random.NextInt64(long.MinValue, long.MaxValue);
            long[] numbers = Numbers(BitPacking.BlockLength, width, origin, random);
            // A byte more on each side: at an odd address, and nothing is written outside.
            var want = new byte[64 * width + 2];
            var got = new byte[64 * width + 2];
            reference.PackBlock(numbers, origin, width, want.AsSpan(1, 64 * width));
            set.PackBlock(numbers, origin, width, got.AsSpan(1, 64 * width));
            Assert.Equal(want, got);
            var back = new long[numbers.Length];
            set.UnpackBlock(got.AsSpan(1, 64 * width), origin, width, back);
            Assert.Equal(numbers, back);

            if (width <= BitPacking.MaxSumWidth)
            {
                set.SumBlock(got.AsSpan(1, 64 * width), width, out long sum, out long sumOfSums);
                reference.SumBlock(got.AsSpan(1, 64 * width), width, out long wantSum, out long wantSums);
                Assert.Equal((wantSum, wantSums), (sum, sumOfSums));
            }

            long small = width <= 51 ? origin >> 14 : -(1L << 50);
            set.UnpackDecimals(got.AsSpan(1, 64 * width), small, width, 3, back);
            if (width > 50) continue;
            for (int i = 0; i < back.Length; i++)
                Assert.Equal((numbers[i] - origin + small) / 1000.0, BitConverter.Int64BitsToDouble(back[i]));
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void SumsBecomeDecimals(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var random = new Random(10);
        for (int count = 0; count < 70; count++)
        {
            long[] deltas = Numbers(count, 40, -1L << 39, random), sums = (long[])deltas.Clone();
            long sum = -700;
            Assert.Equal(deltas.Aggregate(sum, (a, b) => a + b), set.PrefixSumDecimals(sums, sum, 2));
            for (int i = 0; i < count; i++)
                Assert.Equal((sum += deltas[i]) / 100.0, BitConverter.Int64BitsToDouble(sums[i]));
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void PackedDeltasBecomeDecimals(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var random = new Random(11);
        var sums = new long[BitPacking.BlockLength];
        for (int width = 1; width <= BitPacking.MaxRunningWidth; width++)
        {
            var packed = new byte[64 * width + 1];
            random.NextBytes(packed);
            long[] origins = [0, -(1L << width) / 2, random.NextInt64(1L << 40), -(1L << 40), 1L << 40];
            foreach (bool isGreatest in new[] { false, true })
            {
                // As great as numbers can be, their sums just fit beside each other.
                if (isGreatest) Array.Fill(packed, (byte)0xff);
                Span<byte> from = packed.AsSpan(1);
                foreach (long origin in origins)
                {
                    long start = random.NextInt64(-(1L << 50), 1L << 50), sum = start;
                    int digits = random.Next(DecimalScale.MaxDigits + 1);
                    var deltas = new long[BitPacking.BlockLength];
                    new ScalarKernels().UnpackBlock(from, origin, width, deltas);
                    long last = set.UnpackRunningDecimals(from, origin, width, start, digits, sums);
                    for (int i = 0; i < sums.Length; i++)
                    {
                        sum += deltas[i];
                        Assert.Equal(sum / DecimalScale.Power(digits), BitConverter.Int64BitsToDouble(sums[i]));
                    }
                    Assert.Equal(sum, last);
                }
            }
        }
    }

    [Theory]
    [InlineData(512, 9, -250, 1L << 50, true)]
    [InlineData(512, 29, 1L << 40, -(1L << 50), true)]
    [InlineData(511, 9, -250, 0, false)]
    [InlineData(512, 0, 7, 0, false)]
    [InlineData(512, 30, 0, 0, false)]
    [InlineData(512, 9, (1L << 40) + 1, 0, false)]
    [InlineData(512, 9, long.MinValue, 0, false)]
    [InlineData(512, 9, 0, (1L << 50) + 1, false)]
    [InlineData(512, 9, 0, long.MinValue, false)]
    public void OnlyFullBlocksThatStaySmallAreSummedInOne(int count, int width, long origin, long start, bool want)
    {
        var packed = new byte[BitPacking.SizeOf(count, width)];
        Array.Fill(packed, (byte)0xff);
        var into = new long[count];
        long last = start;
        Assert.Equal(want, BitPacking.TryUnpackRunningDecimals(packed, origin, width, ref last, 2, into));
        Assert.Equal(want ? start + 512 * (origin + (1L << width) - 1) : start, last);
        Assert.Equal(want ? last / 100.0 : 0, BitConverter.Int64BitsToDouble(into[^1]));
    }

    [Fact]
    public void TheLayoutIsAsDocumented()
    {
        // Number i in lane i % 8, row i / 8; here width 3, so row 21 straddles the first two words of a lane.
        var numbers = new long[BitPacking.BlockLength];
        numbers[0] = 5;
        numbers[9] = 3;
        numbers[21 * 8 + 2] = 0b101;
        var packed = new byte[BitPacking.SizeOf(numbers.Length, 3)];
        BitPacking.Pack(numbers, 0, 3, packed);
        Assert.Equal(5, packed[0]);
        Assert.Equal(3 << 3, packed[8]);
        Assert.Equal(0x80, packed[2 * 8 + 7]);
        Assert.Equal(0b10, packed[(8 + 2) * 8]);
        // The tail: one stream, low bits first.
        packed = new byte[BitPacking.SizeOf(5, 3)];
        BitPacking.Pack([11, 12, 13, 14, 17], 10, 3, packed);
        Assert.Equal([0b11_010_001, 0b0_111_100_0], packed);
    }

    [Fact]
    public void EveryCountAndWidthRoundTrips()
    {
        var random = new Random(7);
        for (int width = 0; width <= 64; width++)
        {
            foreach (int count in new[] { 0, 1, 2, 7, 8, 9, 63, 64, 65, 200, 511, 512, 513, 1100 })
            {
                long[] numbers = width == 0 ? new long[count] : Numbers(count, width, -77, random);
                if (width == 0) Array.Fill(numbers, -77);
                var packed = new byte[BitPacking.SizeOf(count, width)];
                BitPacking.Pack(numbers, -77, width, packed);
                var back = new long[count];
                BitPacking.Unpack(packed, -77, width, back);
                Assert.Equal(numbers, back);
                for (int i = 0; i < count && width > 0; i++)
                    Assert.Equal(numbers[i], -77 + (long)BitPacking.At(packed, count, width, i));
            }
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void DeltasAndLinesAreUndoneBySums(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var random = new Random(8);
        for (int count = 0; count < 70; count++)
        {
            long[] numbers = Numbers(count, 64, 0, random), changed = new long[count];
            set.Deltas(numbers, 5, changed);
            if (count > 2) Assert.Equal(unchecked(numbers[2] - numbers[1]), changed[2]);
            Assert.Equal(count == 0 ? 5 : numbers[^1], set.PrefixSum(changed, 5));
            Assert.Equal(numbers, changed);
            set.AddLine(changed, -9, 1_000_003);
            for (int i = 0; i < count; i++) Assert.Equal(unchecked(numbers[i] - 9 + i * 1_000_003L), changed[i]);
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void DecimalsOfEveryScaleBecomeIntegersAndBack(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var random = new Random(9);
        var values = new double[1003];
        var integers = new long[values.Length];
        var misses = new ushort[values.Length];
        for (int digits = 0; digits <= DecimalScale.MaxDigits; digits++)
        {
            double power = DecimalScale.Power(digits);
            for (int round = 0; round < 8; round++)
            {
                for (int i = 0; i < values.Length; i++)
                {
                    long integer = random.NextInt64(-(1L << 51) + 1, 1L << 51) >> random.Next(52);
                    values[i] = integer / power;
                    if (1 / values[i] == double.NegativeInfinity) values[i] = 0;
                }
                // Division is the definition; the kernels must agree with it to the bit.
                for (int i = 0; i < values.Length; i++) integers[i] = (long)Math.Round(values[i] * power);
                var direct = (long[])integers.Clone();
                set.FromDecimals(direct, digits);
                for (int i = 0; i < values.Length; i++)
                    Assert.Equal(integers[i] / power, BitConverter.Int64BitsToDouble(direct[i]));

                int missCount = set.ToDecimals(values, digits, integers, misses);
                set.FromDecimals(integers, digits);
                // Rounding the product may miss the integer only where neighbours are one part in 2^51 apart.
                Assert.InRange(missCount, 0, digits == 0 ? 0 : 40);
                int next = 0;
                for (int i = 0; i < values.Length; i++)
                {
                    if (next < missCount && misses[next] == i) next++;
                    else Assert.Equal(values[i], BitConverter.Int64BitsToDouble(integers[i]));
                }
                Assert.Equal(missCount, next);
            }
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void WhatIsNoDecimalIsAMiss(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        double[] values =
        [
            double.NaN, 1.25, -0.0, 1.26, double.PositiveInfinity, 1.27, double.NegativeInfinity, double.Epsilon, 0.0,
            1e300, 22517998136852.48, 22517998136852.47, -22517998136852.48, Math.PI, 0.1 + 0.2, -1.25, 1.255,
        ];
        int[] want = [0, 2, 4, 6, 7, 9, 10, 12, 13, 14, 16];
        var integers = new long[values.Length];
        var misses = new ushort[values.Length];
        int missCount = set.ToDecimals(values, 2, integers, misses);
        Assert.Equal(want, Array.ConvertAll(misses[..missCount], miss => (int)miss));
        Assert.Equal(0, integers[0]);
        Assert.Equal(125, integers[2]);
        Assert.Equal(127, integers[7]);
        Assert.Equal(-125, integers[16]);
    }
}
