namespace Slungd.Engine.Wal;

/// <summary>The log's figures at one moment. Counters count from the start of the process.</summary>
internal readonly record struct LogStatistics
{
    /// <summary>Bytes used in files whose points are not flushed.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes given to the disk.</summary>
    public long WrittenBytes { get; init; }

    /// <summary>Groups of commits written.</summary>
    public long Groups { get; init; }

    public long Syncs { get; init; }

    public double SyncSeconds { get; init; }

    public long Failures { get; init; }

    /// <summary>Memory of what waits to be written.</summary>
    public long StagedBytes { get; init; }
}
