using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Syntax;
using Slungd.Native.Bits;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The labels of one series of a result, by name in the order of code points; none is empty. Immutable.
/// </summary>
internal sealed class LabelSet : IEquatable<LabelSet>, IComparable<LabelSet>
{
    public static readonly LabelSet Empty = new([]);

    /// <summary>What stands for a series' meaning and falls away when a value of another meaning is computed.</summary>
    private static readonly string[] s_metadata = [SeriesLabels.Name, "__type__", "__unit__"];

    // Tables keyed by labels are filled by strangers: nobody shall choose labels that collide.
    private static readonly ulong s_seed = BitConverter.ToUInt64(Guid.NewGuid().ToByteArray());

    private readonly Label[] _labels;
    private ulong _hash;

    private LabelSet(Label[] labels) => _labels = labels;

    public ReadOnlySpan<Label> Labels => _labels;

    /// <summary>The metric's name, or empty.</summary>
    public string Name => Get(SeriesLabels.Name);

    /// <param name="sorted">By name, none empty, no name twice; owned by the set from now on.</param>
    public static LabelSet FromSorted(Label[] sorted) => sorted.Length == 0 ? Empty : new LabelSet(sorted);

    /// <summary>Sorts; a later label replaces an earlier one of the same name, empty values fall away.</summary>
    public static LabelSet From(params ReadOnlySpan<Label> labels)
    {
        LabelSet set = Empty;
        foreach (Label label in labels) set = set.With(label.Name, label.Value);
        return set;
    }

    /// <summary>The value of a label; empty when there is none.</summary>
    public string Get(string name)
    {
        foreach (Label label in _labels)
            if (label.Name == name) return label.Value;
        return "";
    }

    /// <summary>With the label set to a value, or without it when the value is empty.</summary>
    public LabelSet With(string name, string value)
    {
        int at = 0;
        while (at < _labels.Length && SeriesLabels.CompareTexts(_labels[at].Name, name) < 0) at++;
        bool present = at < _labels.Length && _labels[at].Name == name;
        if (value.Length == 0) return present ? FromSorted([.. _labels[..at], .. _labels[(at + 1)..]]) : this;
        if (present && _labels[at].Value == value) return this;
        return new LabelSet([.. _labels[..at], new Label(name, value), .. _labels[(present ? at + 1 : at)..]]);
    }

    /// <summary>Only the labels of these names.</summary>
    public LabelSet Only(string[] names) => Filter(names, keep: true);

    /// <summary>All labels but those of these names.</summary>
    public LabelSet Without(string[] names) => Filter(names, keep: false);

    /// <summary>Without the name, and without what says the type and unit.</summary>
    public LabelSet WithoutMetadata() => Filter(s_metadata, keep: false);

    /// <summary>True when a type or unit is among the labels.</summary>
    public bool HasTypeOrUnit => Get(s_metadata[1]).Length > 0 || Get(s_metadata[2]).Length > 0;

    /// <summary>A hash of all labels, the same in every process of one build.</summary>
    public ulong Hash
    {
        get
        {
            if (_hash != 0) return _hash;
            ulong hash = 1;
            Span<byte> scratch = stackalloc byte[256];
            foreach (Label label in _labels)
            {
                hash = HashOf(label.Name, hash, scratch);
                hash = HashOf(label.Value, hash, scratch);
            }
            return _hash = hash | 1;
        }
    }

    public bool Equals(LabelSet? other) => other is not null && (ReferenceEquals(this, other) ||
        Hash == other.Hash && _labels.AsSpan().SequenceEqual(other._labels));

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode() => (int)Hash64.Of(Hash, s_seed);

    /// <summary>Label by label: first the name, then the value.</summary>
    public int CompareTo(LabelSet? other)
    {
        if (other is null) return 1;
        for (int i = 0; i < _labels.Length && i < other._labels.Length; i++)
        {
            int order = SeriesLabels.CompareTexts(_labels[i].Name, other._labels[i].Name);
            if (order == 0) order = SeriesLabels.CompareTexts(_labels[i].Value, other._labels[i].Value);
            if (order != 0) return order;
        }
        return _labels.Length.CompareTo(other._labels.Length);
    }

    /// <summary>`{a="b", c="d"}`</summary>
    public override string ToString()
    {
        StringBuilder text = new("{");
        foreach (Label label in _labels)
        {
            if (text.Length > 1) text.Append(", ");
            text.Append(LabelName.IsLegacy(label.Name) ? label.Name : StringText.Quote(label.Name));
            text.Append('=').Append(StringText.Quote(label.Value));
        }
        return text.Append('}').ToString();
    }

    private LabelSet Filter(string[] names, bool keep)
    {
        int kept = 0;
        foreach (Label label in _labels)
            if (IsAmong(names, label.Name) == keep) kept++;
        if (kept == _labels.Length) return this;
        Label[] labels = new Label[kept];
        kept = 0;
        foreach (Label label in _labels)
            if (IsAmong(names, label.Name) == keep) labels[kept++] = label;
        return FromSorted(labels);
    }

    private static bool IsAmong(string[] names, string name)
    {
        foreach (string other in names)
            if (other == name) return true;
        return false;
    }

    private static ulong HashOf(string text, ulong seed, Span<byte> scratch)
    {
        if (text.Length * 3 > scratch.Length) return Hash64.Of(Encoding.UTF8.GetBytes(text), seed);
        return Hash64.Of(scratch[..Encoding.UTF8.GetBytes(text, scratch)], seed);
    }
}
