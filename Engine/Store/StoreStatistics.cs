using Slungd.Engine.Model;
using Slungd.Engine.Wal;

namespace Slungd.Engine.Store;

/// <summary>The store's figures at one moment. Counters count from the start of the process.</summary>
internal sealed record StoreStatistics
{
    public SinkState State { get; init; }

    /// <summary>Why writes are refused, or null.</summary>
    public string? StateReason { get; init; }

    public long PointsAccepted { get; init; }

    /// <summary>Indexed by <see cref="RefusalCode"/>.</summary>
    public long[] PointsRefused { get; init; } = [];

    /// <summary>By reason, as above: requests and connections whose points were refused unread.</summary>
    public long[] TurnedAway { get; init; } = [];

    public long Series { get; init; }
    public long RegistryBytes { get; init; }

    /// <summary>Points in memory, not yet in a segment.</summary>
    public long MemtablePoints { get; init; }
    public long MemtableBytes { get; init; }
    public long ArenaUsedBytes { get; init; }
    public long ArenaBudgetBytes { get; init; }
    /// <summary>Free, but still backed by memory.</summary>
    public long ArenaWarmBytes { get; init; }

    public long Segments { get; init; }
    public long SegmentPoints { get; init; }
    public long SegmentBytes { get; init; }

    /// <summary>The oldest point; above <see cref="MaxTimestamp"/> when there is none.</summary>
    public long MinTimestamp { get; init; }
    public long MaxTimestamp { get; init; }

    /// <summary>Segments found corrupt and moved away.</summary>
    public long Quarantined { get; init; }

    /// <summary>Deletes that found something.</summary>
    public long Deletes { get; init; }
    /// <summary>Deleted ranges whose points wait to be erased.</summary>
    public long Tombstones { get; init; }

    public long Flushes { get; init; }
    public long FlushFailures { get; init; }
    public double FlushSeconds { get; init; }
    public long FlushedPoints { get; init; }
    public long FlushedBytes { get; init; }

    public long Compactions { get; init; }
    public long CompactionFailures { get; init; }
    public double CompactionSeconds { get; init; }
    /// <summary>Of the segments that were compacted away.</summary>
    public long CompactionBytesIn { get; init; }
    public long CompactionBytesOut { get; init; }

    /// <summary>The write-ahead log; all zero when there is none.</summary>
    public LogStatistics Log { get; init; }

    /// <summary>Damaged parts of the log that were skipped at the start.</summary>
    public int LogHoles { get; init; }

    /// <summary>The last trouble, kept after it is over; or null.</summary>
    public string? LastError { get; init; }
}
