using Slungd.Engine.Wal;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>What `slungd bench --billion` does.</summary>
internal sealed record BillionOptions
{
    /// <summary>Over all series, rounded up to whole columns.</summary>
    public long Points { get; init; } = 1_000_000_000;

    public int Series { get; init; } = 10;

    /// <summary>Points of a column.</summary>
    public int Batch { get; init; } = 1_000;

    /// <summary>Where the store is made, and stays; null: in a temporary directory, which is removed.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Memory for points.</summary>
    public long ArenaBytes { get; init; } = 128L << 20;

    /// <summary>Without a log unless asked for, as the others in this race.</summary>
    public LogSync Sync { get; init; } = LogSync.Off;
}
