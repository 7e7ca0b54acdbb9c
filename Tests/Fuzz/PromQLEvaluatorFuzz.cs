using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;
using Slungd.Tests.Conformance;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Query;

namespace Slungd.Tests.Fuzz;

/// <summary>Whatever reads as a query is answered, with a result or a status, and never with an exception; names
/// removed
/// late or at once; a range query's middle is what an instant query says there.</summary>
internal static class PromQLEvaluatorFuzz
{
    public static readonly byte[][] Seeds =
    [
        "sum by (a) (rate(f[50s] offset 10s)) / on (a) group_left (b) f"u8.ToArray(),
        "histogram_quantile(0.9, h) or topk(2, f) unless f{a=~\"x|y\"} > bool 3"u8.ToArray(),
        "max_over_time(abs(f - h * 2)[1m:7s] @ 30) and ignoring (b) count_values(\"v\", f)"u8.ToArray(),
        "label_replace(avg without (a) (f), \"c\", \"$1\", \"b\", \"(.*)\") + scalar(f) ^ time()"u8.ToArray(),
        "sort_by_label(info(f), \"a\") * -limit_ratio(0.5, g) == quantile_over_time(.5, f[20s])"u8.ToArray(),
        "changes(g[40s]) + resets(g[40s] @ end()) + avg_over_time({__name__=~\".+\"}[1m])"u8.ToArray(),
        "clamp(deriv(f[1m]), -1, 1) - predict_linear(f[1m], 60) + absent(z{a=\"b\"})"u8.ToArray(),
    ];

    private static readonly FakeSeriesReader s_store = MakeStore();

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length > 400) return;
        string text = Encoding.UTF8.GetString(input);
        PromQLEngine engine = new(s_store, new FakeClock());
        PromQLOptions options = new()
        {
            Language = ParserOptions.Everything, MaxSamples = 20_000, DelayedNameRemoval = input.Length % 2 == 0,
        };
        PromQLResult instant = engine.Instant(text, 60_000, options);
        PromQLResult range = engine.Range(text, 30_000, 90_000, 30_000, options);
        Check(instant);
        Check(range);
    }

    private static void Check(PromQLResult result)
    {
        bool failed = result.Status != PromQLStatus.Done;
        if (failed != (result.Error is { Length: > 0 })) throw new InvalidOperationException(
            $"{result.Status} without a reason");
        foreach (PromQLSeries series in result.Series)
        {
            bool whole = series.Times.Length > 0 && series.Times.Length == series.Values.Length &&
                (series.Histograms is null || series.Histograms.Length == series.Times.Length);
            if (!whole) throw new InvalidOperationException($"{series.Labels} is not whole");
        }
    }

    private static FakeSeriesReader MakeStore()
    {
        FakeSeriesReader store = new(Precision.Milliseconds, blockLength: 3);
        FloatHistogram[] histograms =
        [
            ScriptSeries.ParseHistogram("schema:0 sum:5 count:4 z_bucket:1 z_bucket_w:0.5 buckets:[1 2] n_buckets:[1]"),
            ScriptSeries.ParseHistogram("schema:2 sum:8 count:7 buckets:[1 2 4] offset:3"),
            ScriptSeries.ParseHistogram("schema:-53 sum:8 count:7 custom_values:[1 2] buckets:[1 2 4]"),
        ];
        for (int i = 0; i < 4; i++)
        {
            SeriesId floats = store.Series("f", $"a={"xy"[i % 2]}", $"b={i}");
            SeriesId info = store.Series("target_info", $"a={"xy"[i % 2]}", $"job={i}");
            SeriesId native = store.Series(i < 2 ? "h" : "g", $"a={i}", "__histogram__=");
            SeriesId mixed = store.Series("g", $"a={i}");
            for (int step = 0; step < 15; step++)
            {
                double value = step == 7 && i == 1 ? double.NaN : step == 9 && i == 2
                    ? BitConverter.UInt64BitsToDouble(0x7ff0000000000002) : (step * (i + 1)) % 11;
                store.Put(floats, step * 10_000, value);
                store.Put(info, step * 10_000, 1);
                FloatHistogram histogram = histograms[i == 3 ? step % 3 : i % 3];
                store.Put(native, step * 10_000 + 1, ValueFamily.Histogram, 0, HistogramCodec.Encode(histogram));
                if (step % 3 == 0) store.Put(mixed, step * 10_000, step);
            }
        }
        return store;
    }
}
