using System.Collections.Generic;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Collects warnings and informations, each once (Prometheus, util/annotations).</summary>
/// <param name="keepsFresh">Whether <see cref="TakeFresh"/> will be asked.</param>
internal sealed class Annotator(bool keepsFresh = false)
{
    private readonly Dictionary<string, PromQLAnnotation> _all = [];
    private readonly List<PromQLAnnotation>? _fresh = keepsFresh ? [] : null;

    public IReadOnlyCollection<PromQLAnnotation> All => _all.Values;

    public void InvalidQuantile(double q, TextRange at) =>
        Warn($"quantile value should be between 0 and 1, got {NumberText.FormatShort(q)}", at);

    public void InvalidRatio(double ratio, double capped, TextRange at) =>
        Warn($"ratio value should be between -1 and 1, got {NumberText.FormatShort(ratio)}, " +
            $"capping to {NumberText.FormatShort(capped)}", at);

    public void BadBucketLabel(string metric, string label, TextRange at) =>
        Warn($"bucket label \"le\" is missing or has a malformed value of {StringText.Quote(label)}" + Of(metric), at);

    public void MixedFloatsHistograms(string metric, TextRange at) =>
        Warn($"encountered a mix of histograms and floats for metric name {StringText.Quote(metric)}", at);

    public void MixedFloatsHistogramsInAggregation(TextRange at) =>
        Warn("encountered a mix of histograms and floats for aggregation", at);

    public void MixedClassicNative(string metric, TextRange at) =>
        Warn("vector contains a mix of classic and native histograms" + Of(metric), at);

    public void NotCounter(string metric, TextRange at) =>
        Warn($"this native histogram metric is not a counter: {StringText.Quote(metric)}", at);

    public void NotGauge(string metric, TextRange at) =>
        Warn($"this native histogram metric is not a gauge: {StringText.Quote(metric)}", at);

    /// <summary>Says why two histograms could not be merged.</summary>
    public void NotMerged(HistogramMerge why, string metric, TextRange at) =>
        Warn((why == HistogramMerge.MixedSchemas
            ? "vector contains a mix of histograms with exponential and custom buckets schemas for metric name "
            : "vector contains histograms with incompatible custom buckets for metric name ") +
            StringText.Quote(metric), at);

    public void IncompatibleBuckets(string op, TextRange at) =>
        Warn($"incompatible bucket layout encountered for binary operator {op}", at);

    public void MaybeNoCounter(string metric, TextRange at) =>
        Info("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " +
            StringText.Quote(metric), at);

    public void MaybeNoCounterByType(string metric, string type, TextRange at) =>
        Info("metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got " +
            $"{StringText.Quote(type)}: {StringText.Quote(metric)}", at);

    public void ForcedMonotonicity(string metric, TextRange at) =>
        Info("input to histogram_quantile needed to be fixed for monotonicity (see " +
            "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" + Of(metric), at);

    public void IncompatibleTypes(string left, string op, string right, TextRange at) =>
        Info($"incompatible sample types encountered for binary operator \"{op}\": {left} {op} {right}", at);

    public void HistogramIgnoredInAggregation(string aggregation, TextRange at) =>
        Info($"ignored histogram in {aggregation} aggregation", at);

    public void HistogramIgnoredInRange(string metric, TextRange at) =>
        Info("ignored histograms in a range containing both floats and histograms for metric name " +
            StringText.Quote(metric), at);

    public void QuantileIsNaN(string metric, TextRange at) =>
        Info("input to histogram_quantile has NaN observations, result is NaN" + Of(metric), at);

    public void QuantileIsSkewed(string metric, TextRange at) =>
        Info("input to histogram_quantile has NaN observations, result is skewed higher" + Of(metric), at);

    public void FractionHasNaNs(string metric, TextRange at) =>
        Info("input to histogram_fraction has NaN observations, which are excluded from all fractions" + Of(metric),
            at);

    /// <summary>Adds what another annotator collected.</summary>
    public void Add(PromQLAnnotation annotation)
    {
        if (_all.TryAdd(annotation.Message, annotation)) _fresh?.Add(annotation);
    }

    /// <summary>Moves those that were new since the last time, in their order.</summary>
    public void TakeFresh(List<PromQLAnnotation> into)
    {
        into.AddRange(_fresh!);
        _fresh!.Clear();
    }

    private static string Of(string metric) =>
        metric.Length == 0 ? "" : $" for metric name {StringText.Quote(metric)}";

    private void Warn(string message, TextRange at) => Add(true, "PromQL warning: " + message, at);

    private void Info(string message, TextRange at) => Add(false, "PromQL info: " + message, at);

    private void Add(bool warning, string message, TextRange at) =>
        Add(new PromQLAnnotation(warning, message, at));
}
