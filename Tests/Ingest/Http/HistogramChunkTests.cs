using System;
using System.Collections.Generic;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Http;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public class HistogramChunkTests
{
    private static readonly double s_stale = BitConverter.UInt64BitsToDouble(0x7ff0000000000002);

    private static FloatHistogram Histogram(double count, double sum, double zeroCount, double negative,
        params double[] positive)
    {
        FloatHistogram histogram = new()
        {
            Schema = 1, Count = count, Sum = sum, ZeroCount = zeroCount, ZeroThreshold = 0.001,
        };
        histogram.Negative.Append(2, negative);
        for (int i = 0; i < positive.Length; i++) histogram.Positive.Append(i < 2 ? i : i + 1, positive[i]);
        return histogram;
    }

    private static byte[] Encode(long[] times, FloatHistogram[] histograms)
    {
        byte[] chunk = new byte[HistogramChunk.MaxBytes(histograms[0], times.Length)];
        return chunk[..HistogramChunk.Encode(times, histograms, chunk)];
    }

    /// <summary>What Debian's Prometheus 2.42 streamed of histograms that were remote-written to it.</summary>
    [Fact]
    public void ChunksAreThoseOfPrometheus()
    {
        const long Start = 1_795_236_289_786;
        byte[] chunk = Encode([Start, Start + 15_000, Start + 30_003, Start + 290_003],
        [
            Histogram(10, 18.4, 2, 1.5, 1, 2.25, 1.25, 2), Histogram(12.5, 20.5, 2, 1.5, 2, 3.25, 1.25, 2.5),
            Histogram(15.5, 21, 3, 2.5, 2, 3.25, 2.25, 2.5), Histogram(15.5, 21, 3, 2.5, 2, 3.25, 2.25, 2.5),
        ]);
        Assert.Equal("000400ff3f50624dd2f1a9fc8ca49463197f0000d0fe35ee7d20120000000000002000000000000000201933"
            + "33333333331ff800000000000020010000000000001ffa00000000000020000000000000001ffc0000000000"
            + "007c1d4c6c135b72dcccccccccccf097fff6036d069cdb01c600000000000184effed84dffffe01de82800",
            Convert.ToHexStringLower(chunk));
    }

    [Fact]
    public void WhatIsEncodedDecodes() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(int Seed, double Value)[]>(), static input =>
        {
            if (input.Length is 0 or > HistogramChunk.MaxSamples) return;
            Random random = new(input[0].Seed);
            FloatHistogram layout = RandomLayout(random);
            long[] times = new long[input.Length];
            FloatHistogram[] histograms = new FloatHistogram[input.Length];
            long time = random.NextInt64(-5, 2_000_000_000_000);
            for (int i = 0; i < input.Length; i++)
            {
                times[i] = time += 1 + (input[i].Seed & 0xffff) * (i % 5 == 0 ? 1_000_000L : 1);
                histograms[i] = layout.Copy();
                (histograms[i].Sum, histograms[i].Count) = (input[i].Value, Math.Abs(input[i].Seed));
                foreach (ref double count in histograms[i].Positive.Counts) count = random.Next(100) / 4.0;
                foreach (ref double count in histograms[i].Negative.Counts) count = random.NextDouble();
            }
            if (input.Length > 2) histograms[^1] = new FloatHistogram { Sum = s_stale };
            List<(long Time, FloatHistogram Histogram)> read = HistogramChunkReader.Read(Encode(times, histograms));
            Assert.Equal(input.Length, read.Count);
            for (int i = 0; i < input.Length; i++)
            {
                Assert.Equal(times[i], read[i].Time);
                Assert.Equal(layout.Hint, read[i].Histogram.Hint);
                bool isStale = input.Length > 2 && i == input.Length - 1;
                Assert.True(isStale ? Bits(read[i].Histogram.Sum) == Bits(s_stale)
                    : histograms[i].SameAs(read[i].Histogram) && histograms[i].HasLayoutOf(read[i].Histogram));
            }
        }).QuickCheckThrowOnFailure();

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);

    private static FloatHistogram RandomLayout(Random random)
    {
        FloatHistogram layout = new()
        {
            Schema = random.Next(4) == 0 ? FloatHistogram.CustomSchema : random.Next(-4, 9),
            Hint = (CounterResetHint)random.Next(4),
            ZeroThreshold = random.Next(3) switch { 0 => 0, 1 => Math.ScaleB(1, random.Next(-250, 20)), _ => 0.003 },
        };
        if (layout.IsCustom) layout.Bounds = [-1.5, 0, 0.001, 0.0015, 33_554.43, 33_554.431, 1e9];
        Fill(layout.Positive, random, layout.IsCustom ? 0 : random.Next(-2_000_000, 2_000_000));
        if (!layout.IsCustom) Fill(layout.Negative, random, random.Next(-40, 40));
        return layout;
    }

    private static void Fill(BucketList side, Random random, int index)
    {
        for (int i = random.Next(20); i > 0; i--)
        {
            side.Append(index, 1);
            index += random.Next(3) == 0 ? random.Next(2, 5_000) : 1;
        }
    }

    [Fact]
    public void AChunkEndsWhereTheLayoutChangesOrTheCounterStartsAnew()
    {
        FloatHistogram one = Histogram(10, 1, 1, 1, 4, 4), more = Histogram(12, 1, 1, 1, 5, 5);
        FloatHistogram wider = Histogram(13, 1, 1, 1, 5, 5, 1), stale = new() { Sum = s_stale };
        FloatHistogram marked = Histogram(14, 1, 1, 1, 6, 6), gauge = Histogram(14, 1, 1, 1, 6, 6);
        marked.Hint = CounterResetHint.Reset;
        gauge.Hint = CounterResetHint.Gauge;
        FloatHistogram smallGauge = Histogram(1, 1, 0, 0, 1, 0);
        smallGauge.Hint = CounterResetHint.Gauge;
        Assert.Equal(2, HistogramChunk.Fitting([one, more]));
        Assert.Equal(1, HistogramChunk.Fitting([more, one])); // went down
        Assert.Equal(2, HistogramChunk.Fitting([one, more, wider]));
        Assert.Equal(1, HistogramChunk.Fitting([one, marked]));
        Assert.Equal(1, HistogramChunk.Fitting([one, gauge]));
        Assert.Equal(2, HistogramChunk.Fitting([gauge, smallGauge]));
        Assert.Equal(2, HistogramChunk.Fitting([one, stale, more]));
        Assert.Equal(1, HistogramChunk.Fitting([stale, stale, more]));
        FloatHistogram[] many = new FloatHistogram[300];
        Array.Fill(many, one);
        Assert.Equal(HistogramChunk.MaxSamples, HistogramChunk.Fitting(many));
        FloatHistogram huge = new();
        for (int i = 0; i < 10_000; i++) huge.Positive.Append(i, 1);
        Array.Fill(many, huge);
        Assert.Equal(1, HistogramChunk.Fitting(many));
    }
}
