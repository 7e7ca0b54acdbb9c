using System;

namespace Slungd.Engine.Query;

/// <summary>The part of an answer that belongs to one combination of the values of the BY keys.</summary>
/// <param name="By">A value per key of the query; null for series without that key. Empty without BY.</param>
/// <param name="Windows">Ordered by time; without windows one bucket, or none when there are no points.</param>
internal sealed record QueryGroup(string?[] By, ReadOnlyMemory<Bucket> Windows)
{
    public QueryValue Value(QueryOp op) => (Windows.IsEmpty ? default : Windows.Span[0]).Answer(op);

    public long Count => Windows.IsEmpty ? 0 : Windows.Span[0].Count;
}
