using Slungd.Engine.Query;

namespace Slungd.Ingest.Net;

/// <summary>What text messages are answered with.</summary>
/// <param name="Queries">History.</param>
/// <param name="Live">Subscriptions; the sink that the server writes to must be this hub. Its owner ticks it.</param>
internal sealed record SocketServices(QueryExecutor Queries, LiveHub Live);
