using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Ingest.Hosting.Options;

/// <summary>The parts of PromQL that Prometheus keeps behind flags, by their names there
/// (prometheus.io/docs/prometheus/latest/feature_flags). Experimental functions and aggregations are always on here:
/// they change no other query.</summary>
internal static class LanguageFeatures
{
    private const string Functions = "promql-experimental-functions";
    private const string Durations = "promql-duration-expr";
    private const string Ranges = "promql-extended-range-selectors";
    private const string NameRemoval = "promql-delayed-name-removal";
    private const string Types = "type-and-unit-labels";

    public const string Names = $"{Durations}, {Ranges}, {NameRemoval}, {Types}";

    /// <summary>What is on without any option.</summary>
    public static PromQLOptions Usual { get; } = new()
    {
        Language = new ParserOptions { ExperimentalFunctions = true },
    };

    /// <summary>With one more feature; null when there is none of the name.</summary>
    public static PromQLOptions? With(PromQLOptions options, string name) => name switch
    {
        Functions => options,
        Durations => options with { Language = options.Language with { DurationExpressions = true } },
        Ranges => options with { Language = options.Language with { ExtendedRanges = true } },
        NameRemoval => options with { DelayedNameRemoval = true },
        Types => options with { TypeAndUnitLabels = true },
        _ => null,
    };
}
