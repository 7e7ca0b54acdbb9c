using System;
using System.Collections.Generic;
using System.Text.Json;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>Labels as Prometheus' API shows them: an object of names and values.</summary>
internal static class LabelsJson
{
    private const int TagsOnStack = 64;

    public static void Write(Utf8JsonWriter json, Label[] labels)
    {
        json.WriteStartObject();
        foreach (Label label in labels) json.WriteString(label.Name, label.Value);
        json.WriteEndObject();
    }

    /// <summary>As above, straight from the store's bytes.</summary>
    /// <param name="json">To there.</param>
    /// <param name="symbols">The store's.</param>
    /// <param name="series">A plain one.</param>
    public static void Write(Utf8JsonWriter json, ILabelSymbols symbols, SeriesId series)
    {
        ReadOnlySpan<uint> all = symbols.SymbolsOf(series);
        ReadOnlySpan<byte> metric = symbols.NameText(all[0]);
        bool owesName = !metric.IsEmpty;
        Span<uint> tags = all.Length <= TagsOnStack ? stackalloc uint[all.Length - 1] : new uint[all.Length - 1];
        all[1..].CopyTo(tags);
        SortByLabel(symbols, tags);
        json.WriteStartObject();
        foreach (uint tag in tags)
        {
            ReadOnlySpan<byte> label = symbols.LabelText(symbols.LabelOf(tag));
            if (owesName && label.SequenceCompareTo(SeriesLabels.NameBytes) > 0)
            {
                json.WriteString(SeriesLabels.NameBytes, metric);
                owesName = false;
            }
            json.WriteString(label, symbols.ValueText(tag));
        }
        if (owesName) json.WriteString(SeriesLabels.NameBytes, metric);
        json.WriteEndObject();
    }

    // Tags are in the order of their bytes, which is nearly that of their labels.
    private static void SortByLabel(ILabelSymbols symbols, Span<uint> tags)
    {
        for (int i = 1; i < tags.Length; i++)
        {
            uint tag = tags[i];
            ReadOnlySpan<byte> label = symbols.LabelText(symbols.LabelOf(tag));
            int at = i;
            for (; at > 0 && symbols.LabelText(symbols.LabelOf(tags[at - 1])).SequenceCompareTo(label) > 0; at--)
                tags[at] = tags[at - 1];
            tags[at] = tag;
        }
    }

    public static void Write(Utf8JsonWriter json, IEnumerable<(string Name, string Value)> labels)
    {
        json.WriteStartObject();
        foreach ((string name, string value) in labels) json.WriteString(name, value);
        json.WriteEndObject();
    }
}
