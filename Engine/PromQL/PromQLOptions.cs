using System;
using System.Threading;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL;

/// <summary>How one query is to be run; what its text can't say.</summary>
internal readonly record struct PromQLOptions()
{
    /// <summary>How far back a selector looks for a series' last sample, in milliseconds.</summary>
    public long Lookback { get; init; } = 300_000;

    /// <summary>The step of subqueries that name none, in milliseconds.</summary>
    public long SubqueryStep { get; init; } = 60_000;

    /// <summary>Which experimental parts of the language are on.</summary>
    public ParserOptions Language { get; init; }

    /// <summary>Names fall away at the end of the query instead of in each function.</summary>
    public bool DelayedNameRemoval { get; init; }

    /// <summary>What is a counter is decided by the label __type__.</summary>
    public bool TypeAndUnitLabels { get; init; }

    /// <summary>Samples that one query may hold at once, each 8 bytes and more.</summary>
    public long MaxSamples { get; init; } = 50_000_000;

    /// <summary>Series that one selector may match.</summary>
    public int MaxSeries { get; init; } = 1_000_000;

    /// <summary>Steps that a range query may take from its start: Prometheus counts neither the start nor what is left
    /// of the last step.</summary>
    public int MaxSteps { get; init; } = 11_000;

    /// <summary>The query gives up after this long; zero: never.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The answer tells what it cost.</summary>
    public bool WantsStatistics { get; init; }

    public CancellationToken Cancellation { get; init; }
}
