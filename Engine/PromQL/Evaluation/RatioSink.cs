namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>limit_ratio: about that share of the elements, chosen by a hash of their labels. A negative ratio chooses
/// what its complement does not.</summary>
internal sealed class RatioSink(double[] ratios, ColumnSink to) : ColumnSink
{
    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        double place = labels.Hash / (double)ulong.MaxValue;
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            double ratio = System.Math.Clamp(ratios[step], -1, 1);
            bool chosen = ratio >= 0 ? place < ratio || ratio == 1 : place >= 1 + ratio;
            if (!chosen) column.Remove(step);
        }
        if (!column.IsEmpty) to.Accept(labels, dropName, column);
    }
}
