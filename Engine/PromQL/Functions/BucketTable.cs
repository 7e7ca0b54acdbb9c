using System.Collections.Generic;
using System.Globalization;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>Collects classic buckets by histogram, and native histograms beside them, for histogram_quantile() and
/// histogram_fraction().</summary>
internal sealed class BucketTable(QueryContext context, TextRange position) : ColumnSink
{
    private const string BucketLabel = "le";

    private readonly List<Histogram> _histograms = [];
    private readonly Dictionary<LabelSet, Histogram> _byLabels = [];

    /// <summary>One histogram: its labels without `le`, its native samples, its classic buckets.</summary>
    internal sealed class Histogram(LabelSet labels, bool dropName)
    {
        public LabelSet Labels { get; } = labels;

        public bool DropName { get; } = dropName;

        public StepColumn? Native { get; set; }

        public List<(double Upper, StepColumn Counts)> Classic { get; } = [];
    }

    public IReadOnlyList<Histogram> Histograms => _histograms;

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        StepColumn copy = new(column.Steps);
        copy.CopyFrom(column);
        context.Reserve(column.Steps);
        if (column.Histograms is not null)
        {
            Histogram native = Find(labels, dropName);
            if (native.Native is null) native.Native = copy;
            else native.Native.TryMerge(copy);
            if (!HasFloats(column)) return;
        }
        string le = labels.Get(BucketLabel);
        if (TryParseBound(le, out double upper))
            Find(labels.Without([BucketLabel]), dropName).Classic.Add((upper, copy));
        else
            context.Annotations.BadBucketLabel(labels.Name, le, position);
    }

    /// <summary>What a histogram is at a step. The classic buckets are put into <paramref name="buckets"/>; with a
    /// native
    /// sample of the same name beside them neither counts.</summary>
    public FloatHistogram? At(Histogram histogram, int step, List<ClassicBucket> buckets)
    {
        buckets.Clear();
        foreach ((double upper, StepColumn counts) in histogram.Classic)
            if (counts.Has(step) && counts.HistogramAt(step) is null)
                buckets.Add(new ClassicBucket(upper, counts.Values[step]));
        FloatHistogram? native = histogram.Native is { } column && column.Has(step) ? column.HistogramAt(step) : null;
        if (native is null || buckets.Count == 0) return native;
        context.Annotations.MixedClassicNative(histogram.Labels.Name, position);
        buckets.Clear();
        return null;
    }

    private Histogram Find(LabelSet labels, bool dropName)
    {
        if (_byLabels.TryGetValue(labels, out Histogram? known)) return known;
        Histogram created = new(labels, dropName);
        _byLabels.Add(labels, created);
        _histograms.Add(created);
        return created;
    }

    private static bool HasFloats(StepColumn column)
    {
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
            if (column.HistogramAt(step) is null) return true;
        return false;
    }

    private static bool TryParseBound(string text, out double upper)
    {
        upper = 0;
        if (text.Length == 0 || char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1])) return false;
        string plain = text.TrimStart('+', '-');
        if (plain.Equals("inf", System.StringComparison.OrdinalIgnoreCase) ||
            plain.Equals("infinity", System.StringComparison.OrdinalIgnoreCase))
        {
            upper = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out upper);
    }
}
