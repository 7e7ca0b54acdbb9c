using System.Net;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>What one run of `slungd bench` sends.</summary>
internal sealed record LoadOptions
{
    public required IPEndPoint Address { get; init; }

    public LoadProtocol Protocol { get; init; } = LoadProtocol.Columns;

    /// <summary>Over all connections; each writes its own.</summary>
    public int Series { get; init; } = 1_000;

    /// <summary>Over all connections, rounded up to whole messages.</summary>
    public long Points { get; init; } = 10_000_000;

    public int Connections { get; init; } = 1;

    /// <summary>Points of a block of columns, or of a message of rows.</summary>
    public int Batch { get; init; } = 1_000;

    /// <summary>The first point's timestamp, in store precision.</summary>
    public long Start { get; init; }

    /// <summary>The distance of a series' points.</summary>
    public long Step { get; init; } = 1_000;
}
