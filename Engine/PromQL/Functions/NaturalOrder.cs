using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>The order of sort_by_label(): numbers inside texts count as numbers, so that cpu2 comes before cpu10;
/// all else is in the order of code points.</summary>
internal sealed class NaturalOrder(string[] labels) : IComparer<ColumnEntry>
{
    public int Compare(ColumnEntry? x, ColumnEntry? y)
    {
        foreach (string label in labels)
        {
            int order = Compare(x!.Labels.Get(label), y!.Labels.Get(label));
            if (order != 0) return order;
        }
        return x!.Labels.CompareTo(y!.Labels);
    }

    public static int Compare(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        if (a.SequenceEqual(b)) return 0;
        while (a.Length > 0 && b.Length > 0)
        {
            ReadOnlySpan<char> x = Chunk(a), y = Chunk(b);
            bool numbers = char.IsAsciiDigit(x[0]) && char.IsAsciiDigit(y[0]);
            int order = numbers ? CompareNumbers(x, y) : SeriesLabels.CompareTexts(x, y);
            if (order != 0) return order;
            a = a[x.Length..];
            b = b[y.Length..];
        }
        return a.Length.CompareTo(b.Length);
    }

    // Up to where digits begin or end.
    private static ReadOnlySpan<char> Chunk(ReadOnlySpan<char> text)
    {
        int end = 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]) == char.IsAsciiDigit(text[0])) end++;
        return text[..end];
    }

    private static int CompareNumbers(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        ReadOnlySpan<char> x = a.TrimStart('0'), y = b.TrimStart('0');
        int order = x.Length != y.Length ? x.Length.CompareTo(y.Length) : x.SequenceCompareTo(y);
        return order != 0 ? order : a.Length.CompareTo(b.Length);
    }
}
