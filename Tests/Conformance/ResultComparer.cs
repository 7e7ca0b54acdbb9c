using System;
using System.Collections.Generic;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Tests.Conformance;

/// <summary>Compares answers with a script's expectations; null when they agree, else what differs.</summary>
internal static class ResultComparer
{
    private const double Epsilon = 1e-6;

    public static string? Compare(ScriptEval eval, PromQLResult result) => result.Kind switch
    {
        PromQLResultKind.Text => eval.Text == result.Text ? null : $"expected string {eval.Text}, got {result.Text}",
        PromQLResultKind.Scalar => eval.Scalar is not { } scalar ? $"expected no scalar, got {result.Scalar}"
            : AlmostEqual(scalar, result.Scalar) ? null : $"expected scalar {scalar}, got {result.Scalar}",
        PromQLResultKind.Matrix => CompareMatrix(eval, result),
        _ => CompareVector(eval, result.Series),
    };

    /// <summary>What a range query says at one of its times, against what is expected of the instant query.</summary>
    public static string? CompareAt(ScriptEval eval, PromQLResult range, long time)
    {
        List<PromQLSeries> vector = [];
        foreach (PromQLSeries series in range.Series)
        {
            int at = Array.IndexOf(series.Times, time);
            if (at < 0) continue;
            vector.Add(new PromQLSeries(series.Labels, [time], [series.Values[at]],
                series.Histograms?[at] is { } histogram ? [histogram] : null));
        }
        if (eval.Scalar is { } scalar)
            return vector.Count == 1 && AlmostEqual(scalar, vector[0].Values[0]) ? null : $"expected scalar {scalar}";
        return CompareVector(eval, vector);
    }

    public static bool AlmostEqual(double a, double b)
    {
        if (StaleMarker.Is(a) || StaleMarker.Is(b)) return StaleMarker.Is(a) && StaleMarker.Is(b);
        if (double.IsNaN(a) || double.IsNaN(b)) return double.IsNaN(a) && double.IsNaN(b);
        if (a == b) return true;
        double sum = Math.Abs(a) + Math.Abs(b), difference = Math.Abs(a - b);
        const double MinNormal = 2.2250738585072014e-308;
        if (a == 0 || b == 0 || sum < MinNormal) return difference < Epsilon * MinNormal;
        return difference / Math.Min(sum, double.MaxValue) < Epsilon;
    }

    private static string? CompareVector(ScriptEval eval, IReadOnlyList<PromQLSeries> vector)
    {
        if (eval.Scalar is not null) return "expected a scalar, got a vector";
        HashSet<LabelSet> seen = [];
        for (int i = 0; i < vector.Count; i++)
        {
            PromQLSeries got = vector[i];
            int at = eval.Series.FindLastIndex(series => series.Labels.Equals(got.Labels));
            if (at < 0) return $"unexpected {got.Labels} {Show(got, 0)}";
            if (eval.IsOrdered && at != i) return $"{got.Labels} is at place {i + 1}, expected at {at + 1}";
            ScriptSample expected = eval.Series[at].Samples[0];
            if (!Same(expected, got, 0)) return $"{got.Labels} is {Show(got, 0)}, expected {expected}";
            seen.Add(got.Labels);
        }
        foreach (ScriptSeries series in eval.Series)
            if (!seen.Contains(series.Labels)) return $"missing {series.Labels}";
        return null;
    }

    private static string? CompareMatrix(ScriptEval eval, PromQLResult result)
    {
        if (eval.Scalar is not null) return "expected a scalar, got a matrix";
        HashSet<LabelSet> seen = [];
        for (int i = 0; i < result.Series.Count; i++)
        {
            PromQLSeries got = result.Series[i];
            if (i > 0 && result.Series[i - 1].Labels.CompareTo(got.Labels) > 0) return $"{got.Labels} is out of order";
            ScriptSeries? expected = eval.Series.FindLast(series => series.Labels.Equals(got.Labels));
            if (expected is null) return $"unexpected {got.Labels}: {ShowAll(got)}";
            seen.Add(got.Labels);
            int next = 0;
            for (int step = 0; step < expected.Samples.Count; step++)
            {
                if (expected.Samples[step].IsGap) continue;
                long time = eval.Start + step * eval.Step;
                if (time > eval.End) return $"{got.Labels} can't have {expected.Samples.Count} values";
                if (next == got.Times.Length || got.Times[next] != time || !Same(expected.Samples[step], got, next))
                    return $"{got.Labels} at {time}: expected {expected.Samples[step]}; got {ShowAll(got)}";
                next++;
            }
            if (next != got.Times.Length) return $"{got.Labels} has more values than expected: {ShowAll(got)}";
        }
        foreach (ScriptSeries series in eval.Series)
            if (!seen.Contains(series.Labels)) return $"missing {series.Labels}";
        return null;
    }

    private static bool Same(ScriptSample expected, PromQLSeries got, int index)
    {
        FloatHistogram? histogram = got.Histograms?[index];
        if (expected.Histogram is null || histogram is null)
            return expected.Histogram is null && histogram is null && AlmostEqual(expected.Value, got.Values[index]);
        return Same(expected.Histogram.Copy().Compact(), histogram.Copy().Compact());
    }

    private static bool Same(FloatHistogram a, FloatHistogram b) => a.Schema == b.Schema &&
        AlmostEqual(a.Count, b.Count) && AlmostEqual(a.Sum, b.Sum) && a.ZeroThreshold == b.ZeroThreshold &&
        AlmostEqual(a.ZeroCount, b.ZeroCount) && a.Bounds.AsSpan().SequenceEqual(b.Bounds) &&
        Same(a.Positive, b.Positive) && Same(a.Negative, b.Negative);

    private static bool Same(BucketList a, BucketList b)
    {
        if (!a.Indexes.SequenceEqual(b.Indexes)) return false;
        for (int i = 0; i < a.Length; i++)
            if (!AlmostEqual(a.Counts[i], b.Counts[i])) return false;
        return true;
    }

    private static string Show(PromQLSeries series, int index) =>
        series.Histograms?[index]?.ToString() ?? $"{series.Values[index]:R}";

    private static string ShowAll(PromQLSeries series)
    {
        List<string> values = [];
        for (int i = 0; i < series.Times.Length; i++) values.Add($"{Show(series, i)} @{series.Times[i]}");
        return string.Join(' ', values);
    }
}
