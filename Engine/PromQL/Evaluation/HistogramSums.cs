using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Sums or means of the histograms of a group at each step.</summary>
internal sealed class HistogramSums(int steps, bool average, Annotator annotations, TextRange position)
{
    private readonly FloatHistogram?[] _sums = new FloatHistogram?[steps];
    private readonly int[] _counts = new int[steps];
    private readonly bool[] _incompatible = new bool[steps];

    public void Add(LabelSet labels, int step, FloatHistogram histogram)
    {
        int count = ++_counts[step];
        if (_incompatible[step]) return;
        if (_sums[step] is not { } sum)
        {
            _sums[step] = histogram.Copy();
            return;
        }
        HistogramMerge merge;
        if (average)
        {
            FloatHistogram toAdd = histogram.Copy().Divide(count);
            merge = toAdd.Subtract(sum.Copy().Divide(count));
            if (merge == HistogramMerge.Done) merge = sum.Add(toAdd);
        }
        else
        {
            merge = sum.Add(histogram);
        }
        if (merge == HistogramMerge.Done) return;
        annotations.NotMerged(merge, labels.Name, position);
        _incompatible[step] = true;
    }

    /// <summary>Sets the result of a step; false when the group holds no histogram there. Beside floats there is no
    /// result, but a warning.</summary>
    public bool Finish(int step, bool hasFloats, StepColumn into)
    {
        if (_counts[step] == 0) return false;
        if (hasFloats) annotations.MixedFloatsHistogramsInAggregation(position);
        else if (!_incompatible[step]) into.Set(step, _sums[step]!.Compact());
        return true;
    }
}
