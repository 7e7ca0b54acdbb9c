namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Which experimental parts of the language are on; Prometheus keeps them behind feature flags.</summary>
internal readonly record struct ParserOptions
{
    /// <summary>Functions and aggregations that may still change.</summary>
    public bool ExperimentalFunctions { get; init; }

    /// <summary>Arithmetic in durations: `x[5m + step()]`.</summary>
    public bool DurationExpressions { get; init; }

    /// <summary>The modifiers `anchored` and `smoothed`.</summary>
    public bool ExtendedRanges { get; init; }

    public static readonly ParserOptions Everything = new()
    {
        ExperimentalFunctions = true,
        DurationExpressions = true,
        ExtendedRanges = true,
    };
}
