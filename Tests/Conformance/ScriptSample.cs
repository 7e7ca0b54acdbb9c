using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Tests.Conformance;

/// <summary>One value of a series line: a float, a histogram, or a gap.</summary>
internal readonly record struct ScriptSample(double Value, FloatHistogram? Histogram = null, bool IsGap = false)
{
    public override string ToString() => IsGap ? "_" : Histogram?.ToString() ?? $"{Value}";
}
