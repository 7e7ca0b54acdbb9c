using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Histograms;

/// <summary>One bucket with its bounds. Positive buckets hold (lower, upper], negative ones [lower, upper), the zero
/// bucket both bounds.</summary>
internal readonly record struct HistogramBucket(double Lower, double Upper, double Count)
{
    public override string ToString()
    {
        bool zero = Lower == -Upper, negative = !zero && Upper <= 0;
        string open = negative || zero ? "[" : "(", close = negative ? ")" : "]";
        string lower = NumberText.FormatShort(Lower), upper = NumberText.FormatShort(Upper);
        return $"{open}{lower},{upper}{close}:{NumberText.FormatShort(Count)}";
    }
}
