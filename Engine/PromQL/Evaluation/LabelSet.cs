using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Syntax;
using Slungd.Native.Bits;
using Slungd.Native.Os;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The labels of one series of a result, by name in the order of code points; none is empty. Immutable.
/// </summary>
internal sealed class LabelSet : IEquatable<LabelSet>, IComparable<LabelSet>
{
    public static readonly LabelSet Empty = new([]);

    /// <summary>What stands for a series' meaning and falls away when a value of another meaning is computed.</summary>
    private static readonly string[] s_metadata = [SeriesLabels.Name, "__type__", "__unit__"];

    // Tables keyed by labels are filled by strangers: nobody shall choose labels that collide.
    private static readonly ulong s_seed = SystemRandom.NextUInt64();

    private readonly SymbolLabels? _source; // what is not read yet is read from there
    private readonly SeriesId _series;
    private readonly bool _isBare; // without metadata
    private Label[]? _read;
    private ulong _hash;

    private LabelSet(Label[] labels) => _read = labels;

    private LabelSet(SymbolLabels source, SeriesId series, bool isBare) =>
        (_source, _series, _isBare) = (source, series, isBare);

    public ReadOnlySpan<Label> Labels => Sorted;

    /// <summary>The metric's name, or empty.</summary>
    public string Name => _read is not null ? Get(SeriesLabels.Name) : _isBare ? "" : _source!.NameOf(_series);

    // Threads that read at once read the same.
    private Label[] Sorted => _read ??= _source!.Read(_series, [], keep: false, Never);

    private string[] Never => _isBare ? s_metadata : [];

    /// <summary>The labels of a series, read when they are asked for, and by <see cref="Read"/> before the view is
    /// gone.</summary>
    public static LabelSet Of(SymbolLabels source, SeriesId series) => new(source, series, isBare: false);

    /// <summary>Makes sure that the labels are read.</summary>
    public void Read() => _ = Sorted;

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
        foreach (Label label in Sorted)
            if (label.Name == name) return label.Value;
        return "";
    }

    /// <summary>With the label set to a value, or without it when the value is empty.</summary>
    public LabelSet With(string name, string value)
    {
        int at = 0;
        while (at < Sorted.Length && SeriesLabels.CompareTexts(Sorted[at].Name, name) < 0) at++;
        bool present = at < Sorted.Length && Sorted[at].Name == name;
        if (value.Length == 0) return present ? FromSorted([.. Sorted[..at], .. Sorted[(at + 1)..]]) : this;
        if (present && Sorted[at].Value == value) return this;
        return new LabelSet([.. Sorted[..at], new Label(name, value), .. Sorted[(present ? at + 1 : at)..]]);
    }

    /// <summary>Only the labels of these names.</summary>
    public LabelSet Only(string[] names) => Filter(names, keep: true);

    /// <summary>All labels but those of these names.</summary>
    public LabelSet Without(string[] names) => Filter(names, keep: false);

    /// <summary>Without the name, and without what says the type and unit.</summary>
    public LabelSet WithoutMetadata() => _read is not null ? Filter(s_metadata, keep: false)
        : _isBare ? this : new LabelSet(_source!, _series, isBare: true);

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
            foreach (Label label in Sorted)
            {
                hash = HashOf(label.Name, hash, scratch);
                hash = HashOf(label.Value, hash, scratch);
            }
            return _hash = hash | 1;
        }
    }

    public bool Equals(LabelSet? other) => other is not null && (ReferenceEquals(this, other) ||
        Hash == other.Hash && Sorted.AsSpan().SequenceEqual(other.Sorted));

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode() => (int)Hash64.Of(Hash, s_seed);

    /// <summary>Label by label: first the name, then the value.</summary>
    public int CompareTo(LabelSet? other)
    {
        if (other is null) return 1;
        for (int i = 0; i < Sorted.Length && i < other.Sorted.Length; i++)
        {
            int order = SeriesLabels.CompareTexts(Sorted[i].Name, other.Sorted[i].Name);
            if (order == 0) order = SeriesLabels.CompareTexts(Sorted[i].Value, other.Sorted[i].Value);
            if (order != 0) return order;
        }
        return Sorted.Length.CompareTo(other.Sorted.Length);
    }

    /// <summary>`{a="b", c="d"}`</summary>
    public override string ToString()
    {
        StringBuilder text = new("{");
        foreach (Label label in Sorted)
        {
            if (text.Length > 1) text.Append(", ");
            text.Append(LabelName.IsLegacy(label.Name) ? label.Name : StringText.Quote(label.Name));
            text.Append('=').Append(StringText.Quote(label.Value));
        }
        return text.Append('}').ToString();
    }

    private LabelSet Filter(string[] names, bool keep)
    {
        if (_read is null) return FromSorted(_source!.Read(_series, names, keep, Never));
        int kept = 0;
        foreach (Label label in Sorted)
            if (IsAmong(names, label.Name) == keep) kept++;
        if (kept == Sorted.Length) return this;
        Label[] labels = new Label[kept];
        kept = 0;
        foreach (Label label in Sorted)
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
