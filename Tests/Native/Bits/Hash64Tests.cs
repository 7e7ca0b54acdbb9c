using System;
using System.Collections.Generic;
using System.Numerics;
using System.Text;
using Slungd.Native.Bits;
using Xunit;

namespace Slungd.Tests.NativeBits;

public class Hash64Tests
{
    [Fact]
    public void EveryInputBitFlipsEveryOutputBitAboutHalfTheTime()
    {
        var random = new Random(11);
        foreach (int length in new[] { 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 31, 32, 33, 45, 48, 49, 64, 97, 150 })
        {
            const int Trials = 1200;
            var data = new byte[length];
            var flips = new int[64];
            for (int trial = 0; trial < Trials; trial++)
            {
                random.NextBytes(data);
                ulong before = Hash64.Of(data);
                int bit = trial % (length * 8);
                data[bit / 8] ^= (byte)(1 << bit % 8);
                ulong changed = before ^ Hash64.Of(data);
                Assert.NotEqual(0ul, changed);
                for (int i = 0; i < 64; i++) flips[i] += (int)(changed >> i & 1);
            }
            // 7 standard deviations of a fair coin.
            foreach (int count in flips) Assert.InRange(count, Trials / 2 - 122, Trials / 2 + 122);
        }
    }

    [Fact]
    public void EachBitOfTheInputReachesTheOutput()
    {
        for (int length = 1; length <= 130; length++)
        {
            var data = new byte[length];
            new Random(length).NextBytes(data);
            ulong before = Hash64.Of(data, 5);
            for (int bit = 0; bit < length * 8; bit++)
            {
                data[bit / 8] ^= (byte)(1 << bit % 8);
                Assert.InRange(BitOperations.PopCount(before ^ Hash64.Of(data, 5)), 10, 54);
                data[bit / 8] ^= (byte)(1 << bit % 8);
            }
        }
    }

    [Fact]
    public void SeriesKeysDoNotCollideInAnyHalfBeyondChance()
    {
        const int Count = 200_000;
        var whole = new HashSet<ulong>();
        var low = new HashSet<uint>();
        var high = new HashSet<uint>();
        for (int i = 0; i < Count; i++)
        {
            string key = $"cpu_usage,host=host_{i % 4000},region=eu-west-1,core={i / 4000}";
            ulong hash = Hash64.Of(Encoding.ASCII.GetBytes(key));
            whole.Add(hash);
            low.Add((uint)hash);
            high.Add((uint)(hash >> 32));
        }
        Assert.Equal(Count, whole.Count);
        // Expected collisions in 32 bits: n^2 / 2^33 = 4.7.
        Assert.InRange(Count - low.Count, 0, 25);
        Assert.InRange(Count - high.Count, 0, 25);
    }

    [Fact]
    public void SparseKeysFillBucketsEvenly()
    {
        // Keys of zeros with one or two bits set, and lengths that differ only by zeros.
        var buckets = new int[256];
        int keys = 0;
        for (int length = 1; length <= 64; length++)
        {
            var data = new byte[length];
            buckets[Hash64.Of(data) & 255]++;
            keys++;
            for (int bit = 0; bit < length * 8; bit++)
            {
                data[bit / 8] |= (byte)(1 << bit % 8);
                buckets[Hash64.Of(data) & 255]++;
                keys++;
                data[bit / 8] = 0;
            }
        }
        double expected = keys / 256.0, chiSquare = 0;
        foreach (int count in buckets) chiSquare += (count - expected) * (count - expected) / expected;
        Assert.InRange(chiSquare, 150, 390); // 255 degrees of freedom, 6 standard deviations
    }

    [Fact]
    public void TheSeedAndTheLengthMatter()
    {
        byte[] data = Encoding.ASCII.GetBytes("series");
        Assert.NotEqual(Hash64.Of(data, 1), Hash64.Of(data, 2));
        var seen = new HashSet<ulong>();
        for (int length = 0; length < 300; length++) Assert.True(seen.Add(Hash64.Of(new byte[length])));
        for (ulong i = 0; i < 10_000; i++) Assert.True(seen.Add(Hash64.Of(i, 3)));
    }
}
