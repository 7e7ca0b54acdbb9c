using System;
using System.Collections.Concurrent;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Reads the labels of series when they are asked for: many a query over a million series never looks at most
/// of them. Texts that several series share become strings once a query. Any thread.</summary>
internal sealed class SymbolLabels(ILabelSymbols symbols)
{
    private readonly ConcurrentDictionary<uint, string> _metrics = new();
    private readonly ConcurrentDictionary<uint, string> _labels = new();
    private readonly ConcurrentDictionary<uint, string> _values = new();

    /// <summary>Whether a series' labels can be read here; no other series looks like it then.</summary>
    public bool Know(SeriesId series) => symbols.IsPlain(series);

    /// <summary>The metric's name, or empty.</summary>
    public string NameOf(SeriesId series)
    {
        uint name = symbols.SymbolsOf(series)[0];
        return _metrics.TryGetValue(name, out string? text) ? text
            : _metrics.GetOrAdd(name, Encoding.UTF8.GetString(symbols.NameText(name)));
    }

    /// <summary>A series' labels of these names, or all but those of these names, in their order.</summary>
    /// <param name="series">Which.</param>
    /// <param name="names">Names of labels.</param>
    /// <param name="keep">Those are wanted; else the others.</param>
    /// <param name="never">Names that are not wanted in any case.</param>
    public Label[] Read(SeriesId series, ReadOnlySpan<string> names, bool keep, ReadOnlySpan<string> never)
    {
        ReadOnlySpan<uint> all = symbols.SymbolsOf(series);
        Label[] labels = new Label[keep ? Math.Min(names.Length, all.Length) : all.Length];
        int count = 0;
        foreach (uint tag in all[1..])
        {
            string name = LabelOf(tag);
            if (names.Contains(name) != keep || never.Contains(name)) continue;
            Insert(labels, ref count, new Label(name, ValueOf(tag)));
        }
        if (names.Contains(SeriesLabels.Name) == keep && !never.Contains(SeriesLabels.Name))
        {
            string name = NameOf(series);
            if (name.Length > 0) Insert(labels, ref count, new Label(SeriesLabels.Name, name));
        }
        if (count < labels.Length) Array.Resize(ref labels, count);
        return labels;
    }

    // Tags are in the order of their bytes, which is nearly that of their labels.
    private static void Insert(Label[] labels, ref int count, Label label)
    {
        int at = count++;
        for (; at > 0 && SeriesLabels.CompareTexts(labels[at - 1].Name, label.Name) > 0; at--)
            labels[at] = labels[at - 1];
        labels[at] = label;
    }

    private string LabelOf(uint tag)
    {
        uint label = symbols.LabelOf(tag);
        return _labels.TryGetValue(label, out string? text) ? text
            : _labels.GetOrAdd(label, Encoding.UTF8.GetString(symbols.LabelText(label)));
    }

    private string ValueOf(uint tag)
    {
        if (_values.TryGetValue(tag, out string? text)) return text;
        text = Encoding.UTF8.GetString(symbols.ValueText(tag));
        return symbols.IsShared(tag) ? _values.GetOrAdd(tag, text) : text;
    }
}
