using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Turns series' keys into label sets. A tag that many series share becomes text once a query.</summary>
internal sealed class LabelReader
{
    private readonly Dictionary<byte[], Label> _byTag = new(new Bytewise());
    private byte[] _lastName = [];
    private string _lastNameText = "";

    /// <summary>The labels of a series.</summary>
    /// <param name="key">The series.</param>
    /// <param name="mayLookAlike">Another series may show the same labels: this one has the histograms of some labels,
    /// a bare tag, a doubled key, an empty value, or a tag that would show as the name.</param>
    public LabelSet Read(SeriesKey key, out bool mayLookAlike)
    {
        mayLookAlike = false;
        byte[][] tags = key.TagBytes;
        bool named = key.NameBytes.Length > 0;
        Label[] labels = new Label[tags.Length + (named ? 1 : 0)];
        int count = 0;
        foreach (byte[] tag in tags)
        {
            if (tag.AsSpan().SequenceEqual(SeriesLabels.HistogramTag))
            {
                mayLookAlike = true;
                continue;
            }
            Label label = LabelOf(tag);
            if (label.Name.Length > 0 && TryInsert(labels, ref count, label)) continue;
            mayLookAlike = true;
            return LabelSet.FromSorted(key.ToLabels());
        }
        if (named) TryInsert(labels, ref count, new Label(SeriesLabels.Name, NameOf(key.NameBytes)));
        return LabelSet.FromSorted(count == labels.Length ? labels : labels[..count]);
    }

    // Tags are in the order of their bytes, which is nearly that of their keys. False when the key is there already.
    private static bool TryInsert(Label[] labels, ref int count, Label label)
    {
        int at = count;
        while (at > 0)
        {
            int order = SeriesLabels.CompareTexts(labels[at - 1].Name, label.Name);
            if (order == 0) return false;
            if (order < 0) break;
            labels[at] = labels[at - 1];
            at--;
        }
        labels[at] = label;
        count++;
        return true;
    }

    // Without a name when the tag is not a plain `key=value`.
    private Label LabelOf(byte[] tag)
    {
        if (_byTag.TryGetValue(tag, out Label label)) return label;
        int equals = Array.IndexOf(tag, (byte)'=');
        bool plain = equals > 0 && equals < tag.Length - 1 && !tag.AsSpan(0, equals).SequenceEqual(
            SeriesLabels.NameBytes);
        label = plain
            ? new Label(Encoding.UTF8.GetString(tag, 0, equals), Encoding.UTF8.GetString(tag.AsSpan(equals + 1)))
            : new Label("", "");
        _byTag.Add(tag, label);
        return label;
    }

    private string NameOf(byte[] name)
    {
        if (!name.AsSpan().SequenceEqual(_lastName)) (_lastName, _lastNameText) = (name, Encoding.UTF8.GetString(name));
        return _lastNameText;
    }

    private sealed class Bytewise : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] bytes) => (int)Hash64.Of(bytes);
    }
}
