using System;
using System.Threading;

namespace Slungd.Engine.Query;

/// <summary>How one query is to be run; what the text of a query can't say.</summary>
internal readonly record struct QueryOptions()
{
    /// <summary>Points per answer of RAW; null: the default.</summary>
    public int? Limit { get; init; }

    /// <summary>The `next` of the answer before; RAW only.</summary>
    public string? Cursor { get; init; }

    /// <summary>The query gives up after this long; zero: never.</summary>
    public TimeSpan TimeLimit { get; init; }

    /// <summary>Read every point, even where a block's summary would do: for benchmarks and checks.</summary>
    public bool ForceScan { get; init; }

    public CancellationToken Cancellation { get; init; }
}
