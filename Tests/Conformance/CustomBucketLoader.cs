using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Tests.Conformance;

/// <summary>`load_with_nhcb`: makes native histograms with custom buckets of classic ones.</summary>
internal static class CustomBucketLoader
{
    private sealed class Parts
    {
        public SortedDictionary<double, double> Buckets { get; } = [];
        public double? Count { get; set; }
        public double Sum { get; set; }
    }

    public static void Load(ScriptLoad load, IScriptStore store)
    {
        Dictionary<LabelSet, SortedDictionary<long, Parts>> histograms = [];
        foreach (ScriptSeries series in load.Series)
        {
            string name = series.Labels.Name;
            string suffix = Array.Find(["_bucket", "_count", "_sum"], s => name.EndsWith(s,
                StringComparison.Ordinal)) ?? "";
            if (suffix.Length == 0) continue;
            double upper = 0;
            if (suffix == "_bucket") upper = ScriptSeries.ParseNumber(series.Labels.Get("le"));
            LabelSet labels = series.Labels.Without(["le"]).With(SeriesLabels.Name, name[..^suffix.Length]);
            if (!histograms.TryGetValue(labels, out SortedDictionary<long, Parts>? samples))
                histograms.Add(labels, samples = []);
            for (int i = 0; i < series.Samples.Count; i++)
            {
                ScriptSample sample = series.Samples[i];
                if (sample.IsGap || sample.Histogram is not null) continue;
                long time = i * load.Interval;
                if (!samples.TryGetValue(time, out Parts? parts)) samples.Add(time, parts = new Parts());
                if (suffix == "_bucket") parts.Buckets[upper] = sample.Value;
                else if (suffix == "_count") parts.Count = sample.Value;
                else parts.Sum = sample.Value;
            }
        }
        foreach ((LabelSet labels, SortedDictionary<long, Parts> samples) in histograms)
            foreach ((long time, Parts parts) in samples)
                store.Put(labels, time, 0, Convert(parts));
    }

    private static FloatHistogram Convert(Parts parts)
    {
        FloatHistogram histogram = new() { Schema = FloatHistogram.CustomSchema, Sum = parts.Sum };
        List<double> bounds = [];
        double before = 0;
        int index = 0;
        foreach ((double upper, double count) in parts.Buckets)
        {
            if (!double.IsInfinity(upper)) bounds.Add(upper);
            histogram.Positive.Append(index++, count - before);
            before = count;
        }
        double total = parts.Count ?? before;
        if (parts.Buckets.Count == bounds.Count) histogram.Positive.Append(index, total - before);
        histogram.Bounds = [.. bounds];
        histogram.Count = total;
        return histogram.Compact();
    }
}
