using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Tests.Conformance;

/// <summary>A line `name{label="value"} 1 2+3x4 _ stale {{schema:0 sum:1}}x2` of a script (Prometheus,
/// docs/configuration/unit_testing_rules.md).</summary>
internal sealed partial record ScriptSeries(LabelSet Labels, List<ScriptSample> Samples)
{
    public static ScriptSeries Parse(string line)
    {
        int at = 0;
        LabelSet labels = ParseLabels(line, ref at);
        List<ScriptSample> samples = [];
        while (at < line.Length)
        {
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
                continue;
            }
            Match match = ItemPattern().Match(line, at);
            if (!match.Success) throw new FormatException($"no value at column {at + 1} of: {line}");
            Expand(match, samples);
            at += match.Length;
            if (at < line.Length && !char.IsWhiteSpace(line[at]))
                throw new FormatException($"no blank at column {at + 1} of: {line}");
        }
        return new ScriptSeries(labels, samples);
    }

    public static double ParseNumber(string text) => NumberText.TryParse(text, out double value) ? value
        : throw new FormatException($"no number: {text}");

    /// <summary>`schema:0 sum:5 count:4 buckets:[1 2 1]`, the inside of a histogram's braces.</summary>
    public static FloatHistogram ParseHistogram(string text)
    {
        FloatHistogram histogram = new();
        double[] positive = [], negative = [];
        int offset = 0, negativeOffset = 0;
        foreach (Match match in DescriptionPattern().Matches(text))
        {
            string value = match.Groups[2].Value;
            switch (match.Groups[1].Value)
            {
                case "schema": histogram.Schema = int.Parse(value, CultureInfo.InvariantCulture); break;
                case "sum": histogram.Sum = ParseNumber(value); break;
                case "count": histogram.Count = ParseNumber(value); break;
                case "z_bucket": histogram.ZeroCount = ParseNumber(value); break;
                case "z_bucket_w": histogram.ZeroThreshold = ParseNumber(value); break;
                case "custom_values": histogram.Bounds = Numbers(value); break;
                case "buckets": positive = Numbers(value); break;
                case "n_buckets": negative = Numbers(value); break;
                case "offset": offset = int.Parse(value, CultureInfo.InvariantCulture); break;
                case "n_offset": negativeOffset = int.Parse(value, CultureInfo.InvariantCulture); break;
                case "counter_reset_hint": histogram.Hint = HintOf(value); break;
                default: throw new FormatException($"unknown part of a histogram: {match.Value}");
            }
        }
        string rest = DescriptionPattern().Replace(text, "");
        if (rest.Trim().Length > 0) throw new FormatException($"no part of a histogram: {rest}");
        for (int i = 0; i < positive.Length; i++) histogram.Positive.Append(offset + i, positive[i]);
        for (int i = 0; i < negative.Length; i++) histogram.Negative.Append(negativeOffset + i, negative[i]);
        return histogram;
    }

    private static void Expand(Match match, List<ScriptSample> into)
    {
        int times = match.Groups["times"].Success
            ? int.Parse(match.Groups["times"].Value, CultureInfo.InvariantCulture) : 0;
        if (match.Groups["gap"].Success)
        {
            for (int i = 0; i < Math.Max(1, times); i++) into.Add(new ScriptSample(0, null, true));
            return;
        }
        if (match.Groups["histogram"].Success)
        {
            ExpandHistograms(match, times, into);
            return;
        }
        bool stale = match.Groups["stale"].Success;
        double value = stale ? StaleMarker.Value : ParseNumber(match.Groups["number"].Value);
        double step = match.Groups["step"].Success ? ParseNumber(match.Groups["step"].Value) : 0;
        for (int i = 0; i <= times; i++)
        {
            into.Add(new ScriptSample(value));
            if (!stale) value += step;
        }
    }

    private static void ExpandHistograms(Match match, int times, List<ScriptSample> into)
    {
        FloatHistogram histogram = ParseHistogram(match.Groups["histogram"].Value);
        bool changes = match.Groups["change"].Success;
        FloatHistogram? change = changes ? ParseHistogram(match.Groups["change"].Value) : null;
        bool minus = match.Groups["sign"].Value == "-";
        for (int i = 0; i <= times; i++)
        {
            into.Add(new ScriptSample(0, histogram));
            if (change is null) continue;
            histogram = histogram.Copy();
            HistogramMerge merge = minus ? histogram.Subtract(change) : histogram.Add(change);
            if (merge != HistogramMerge.Done) throw new FormatException($"histograms don't add up: {match.Value}");
        }
    }

    private static double[] Numbers(string list) => Array.ConvertAll(
        list.Trim('[', ']').Split(' ', StringSplitOptions.RemoveEmptyEntries), ParseNumber);

    private static CounterResetHint HintOf(string text) => text switch
    {
        "unknown" => CounterResetHint.Unknown,
        "reset" => CounterResetHint.Reset,
        "not_reset" => CounterResetHint.NotReset,
        "gauge" => CounterResetHint.Gauge,
        _ => throw new FormatException($"unknown counter reset hint: {text}"),
    };

    private static LabelSet ParseLabels(string line, ref int at)
    {
        LabelSet labels = LabelSet.Empty;
        Match name = NamePattern().Match(line);
        if (name.Success)
        {
            labels = labels.With(SeriesLabels.Name, name.Value);
            at = name.Length;
        }
        if (at == line.Length || line[at] != '{') return labels;
        at++;
        while (line[at] != '}')
        {
            Match label = LabelPattern().Match(line, at);
            if (!label.Success) throw new FormatException($"no label at column {at + 1} of: {line}");
            string key = Unquote(label.Groups["key"].Value);
            labels = label.Groups["value"].Success
                ? labels.With(key, Unquote(label.Groups["value"].Value)) : labels.With(SeriesLabels.Name, key);
            at += label.Length;
            if (at < line.Length && line[at] == ',') at++;
            while (at < line.Length && line[at] == ' ') at++;
        }
        at++;
        return labels;
    }

    private static string Unquote(string text)
    {
        if (text[0] is not ('"' or '\'' or '`')) return text;
        return StringText.TryUnquote(text, out string plain, out string error) ? plain : throw new FormatException(
            error);
    }

    private const string Number = @"(?:[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[iI]nf|[nN]a[nN]|INF))";

    [GeneratedRegex(@"\G(?:(?<gap>_)|(?<stale>stale)|\{\{(?<histogram>[^}]*)\}\}" +
        @"(?:(?<sign>[+-])\{\{(?<change>[^}]*)\}\})?|(?<number>" + Number + @")(?<step>[+-](?:(?:\d+\.?\d*|\.\d+)" +
        @"(?:[eE][+-]?\d+)?|[iI]nf|[nN]a[nN]))?)(?:x(?<times>\d+))?")]
    private static partial Regex ItemPattern();

    [GeneratedRegex(@"(\w+):(\[[^\]]*\]|[^\s\[\]]+)")]
    private static partial Regex DescriptionPattern();

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*")]
    private static partial Regex NamePattern();

    private const string Quoted = """(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)""";

    [GeneratedRegex(@"\G\s*(?<key>[a-zA-Z_]\w*|" + Quoted + @")\s*(?:=\s*(?<value>" + Quoted + @"))?\s*")]
    private static partial Regex LabelPattern();
}
