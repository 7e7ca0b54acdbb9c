using System;

namespace Slungd.Engine.Query;

/// <summary>The answer to a query. While <see cref="Status"/> is not Done there is only <see cref="Error"/>.</summary>
internal sealed class QueryResult
{
    public required DslQuery Query { get; init; }

    public QueryStatus Status { get; init; }

    /// <summary>What to tell a person when the status is not Done.</summary>
    public string? Error { get; init; }

    /// <summary>Aggregates: the groups that have points, ordered by their values, null first; without BY exactly one.
    /// </summary>
    public QueryGroup[] Groups { get; init; } = [];

    /// <summary>RAW: ordered by time, and at equal times by series key.</summary>
    public ReadOnlyMemory<QueryPoint> Points { get; init; }

    /// <summary>RAW: the cursor of the points that follow; null at the end.</summary>
    public string? Next { get; init; }

    public bool IsDone => Status == QueryStatus.Done;

    /// <summary>The value of a query without BY, windows and RAW.</summary>
    public QueryValue Value => Groups[0].Value(Query.Op);

    /// <summary>The number of points of a query without BY, windows and RAW.</summary>
    public long Count => Groups[0].Count;

    /// <summary>The windows of a query without BY.</summary>
    public ReadOnlySpan<Bucket> Windows => Groups[0].Windows.Span;
}
