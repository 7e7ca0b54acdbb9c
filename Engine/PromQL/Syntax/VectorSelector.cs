using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>`name{matchers} @ time offset duration`</summary>
internal sealed class VectorSelector(string name, LabelMatcher[] matchers) : Expr
{
    /// <summary>The name before the braces, or empty.</summary>
    public string Name { get; } = name;

    /// <summary>All matchers, the name's included.</summary>
    public LabelMatcher[] Matchers { get; } = matchers;

    public TimeShift Shift;

    public RangeEdges Edges { get; set; }

    public override ValueKind Kind => ValueKind.InstantVector;
}
