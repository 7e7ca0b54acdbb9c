using System;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Engine.Model;

/// <summary>A label as PromQL sees it; see <see cref="SeriesLabels"/>.</summary>
internal readonly record struct Label(string Name, string Value);

/// <summary>A series' labels as PromQL sees them (design, section 3):
/// <list type="bullet">
/// <item>`__name__` is the series' name, whatever a tag of that key says;</item>
/// <item>a tag `k=v` is the label k, a bare tag `muted` the label `muted="true"`;</item>
/// <item>of several tags that give the same label the last in sort order counts;</item>
/// <item>an empty value is the same as no label, and a tag `=v` gives none: labels have names.</item>
/// </list>
/// Series that look alike so are one series there. That is how one can have floats and native histograms, though a
/// stored series has one family: the histograms' has the tag <see cref="HistogramTag"/> besides.</summary>
internal static class SeriesLabels
{
    /// <summary>The label that holds the series' name.</summary>
    public const string Name = "__name__";

    /// <summary>The value of the label of a bare tag.</summary>
    public static ReadOnlySpan<byte> BareValue => "true"u8;

    /// <summary>Gives no label; keeps the native histograms of some labels apart from the floats of the same labels.
    /// </summary>
    public static ReadOnlySpan<byte> HistogramTag => "=histogram"u8;

    /// <inheritdoc cref="Name"/>
    public static ReadOnlySpan<byte> NameBytes => "__name__"u8;

    /// <summary>The value of a label; empty when the series has none of the name.</summary>
    public static ReadOnlySpan<byte> LabelValue(this SeriesKey key, ReadOnlySpan<byte> label)
    {
        if (label.SequenceEqual(NameBytes)) return key.NameBytes;
        if (label.IsEmpty) return default;
        if (key.TryGetTagValue(label, out ReadOnlySpan<byte> value)) return value; // `k=v` sorts behind `k`
        return label.Contains((byte)'=') || !key.HasTag(label) ? default : BareValue;
    }

    /// <summary>All labels, by name in the order of code points. Bytes that are not UTF-8 become U+FFFD.</summary>
    public static Label[] ToLabels(this SeriesKey key)
    {
        var labels = new List<Label>(key.TagBytes.Length + 1);
        if (key.NameBytes.Length > 0) labels.Add(new Label(Name, key.Name));
        foreach (byte[] tag in key.TagBytes)
        {
            ReadOnlySpan<byte> name = LabelOf(tag);
            if (name.IsEmpty || name.SequenceEqual(NameBytes)) continue;
            ReadOnlySpan<byte> value = key.LabelValue(name);
            string text = Encoding.UTF8.GetString(name);
            if (value.IsEmpty || labels.Exists(other => other.Name == text)) continue;
            labels.Add(new Label(text, Encoding.UTF8.GetString(value)));
        }
        labels.Sort(static (a, b) => CompareTexts(a.Name, b.Name));
        return [.. labels];
    }

    /// <summary>The name of a tag's label: what is in front of its first `=`, or all of it.</summary>
    public static ReadOnlySpan<byte> LabelOf(ReadOnlySpan<byte> tag)
    {
        int equals = tag.IndexOf((byte)'=');
        return equals < 0 ? tag : tag[..equals];
    }

    /// <summary>The order of label sets: by the first label that differs, its name before its value.</summary>
    public static int Compare(Label[] a, Label[] b)
    {
        for (int i = 0; i < a.Length && i < b.Length; i++)
        {
            int order = CompareTexts(a[i].Name, b[i].Name);
            if (order == 0) order = CompareTexts(a[i].Value, b[i].Value);
            if (order != 0) return order;
        }
        return a.Length.CompareTo(b.Length);
    }

    /// <summary>The order of the texts' code points, which is that of their UTF-8 bytes.</summary>
    public static int CompareTexts(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        int common = a.CommonPrefixLength(b);
        if (common == a.Length || common == b.Length) return a.Length.CompareTo(b.Length);
        char x = a[common], y = b[common];
        // Surrogates stand for code points above all others.
        return char.IsSurrogate(x) == char.IsSurrogate(y) ? x.CompareTo(y) : char.IsSurrogate(x) ? 1 : -1;
    }
}
