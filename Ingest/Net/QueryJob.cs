using Slungd.Engine.Query;

namespace Slungd.Ingest.Net;

/// <summary>A query of a text message, waiting for a query thread.</summary>
internal sealed class QueryJob
{
    public required SocketLoop Loop { get; init; }
    public required Connection Connection { get; init; }
    public required long Id { get; init; }
    public required DslQuery Query { get; init; }
    public required QueryOptions Options { get; init; }
    /// <summary>The connection's count of jobs that wait or run.</summary>
    public required SharedCount Count { get; init; }
}
