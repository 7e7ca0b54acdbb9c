using System;
using System.Collections.Generic;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Tests.Conformance;

namespace Slungd.Tests.Fuzz;

/// <summary>No bytes make the codec of histograms throw; what reads is written back and read the same; sums, quantiles
/// and resets of what reads end without harm.</summary>
internal static class HistogramFuzz
{
    public static readonly byte[][] Seeds =
    [
        Seed("schema:3 sum:1.5 count:7 z_bucket:1 z_bucket_w:0.001 buckets:[1 2 0 3] n_buckets:[4] n_offset:-2"),
        Seed("schema:-53 sum:5 count:4 custom_values:[-1 5 10] buckets:[1 2 1]"),
        Seed("schema:-4 sum:NaN count:0.5 buckets:[0.5 0.25] offset:-9 counter_reset_hint:gauge"),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        int cut = input.Length / 2;
        Check(input);
        if (!HistogramCodec.TryDecode(input[..cut], out FloatHistogram a) ||
            !HistogramCodec.TryDecode(input[cut..], out FloatHistogram b)) return;
        a.IsResetFrom(b);
        FloatHistogram sum = a.Copy(), difference = a.Copy();
        Expect(sum.Add(b) == difference.Subtract(b), "one of sum and difference does not exist");
    }

    private static byte[] Seed(string text) => HistogramCodec.Encode(ScriptSeries.ParseHistogram(text));

    private static void Check(ReadOnlySpan<byte> input)
    {
        if (!HistogramCodec.TryDecode(input, out FloatHistogram histogram)) return;
        byte[] written = HistogramCodec.Encode(histogram);
        Expect(HistogramCodec.TryDecode(written, out FloatHistogram again), "what was written does not read");
        Expect(again.SameAs(histogram) && again.Hint == histogram.Hint, "what was written reads differently");
        Expect(!histogram.IsResetFrom(histogram) || histogram.Hint == CounterResetHint.Reset || HasNaN(histogram),
            "a histogram is a reset from itself");
        List<HistogramBucket> scratch = [];
        foreach (double q in new[] { 0, 0.3, 0.5, 0.99, 1 }) NativeQuantiles.Quantile(q, histogram, scratch, out _);
        double fraction = NativeQuantiles.Fraction(-1, 2, histogram, scratch);
        Expect(fraction is >= 0 or double.NaN || HasNegative(histogram), $"fraction {fraction}");
        NativeQuantiles.Variance(histogram, scratch);
        Expect(histogram.ToString().Length > 0, "no text");
        FloatHistogram twice = histogram.Copy();
        Expect(twice.Add(histogram) == HistogramMerge.Done, "a histogram does not add to itself");
    }

    private static bool HasNaN(FloatHistogram histogram) => Any(histogram, double.IsNaN);

    private static bool HasNegative(FloatHistogram histogram) => Any(histogram, static c => !(c >= 0));

    private static bool Any(FloatHistogram histogram, Predicate<double> wanted)
    {
        List<double> counts = [histogram.Count, histogram.ZeroCount];
        counts.AddRange(histogram.Positive.Counts);
        counts.AddRange(histogram.Negative.Counts);
        return counts.Exists(wanted);
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}
