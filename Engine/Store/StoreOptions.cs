using System;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Wal;

namespace Slungd.Engine.Store;

/// <summary>Everything the store can be told. Sizes in bytes.</summary>
internal sealed record StoreOptions
{
    /// <summary>Where the data lives; null: in memory only, gone at the end.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>The unit of all timestamps; null: what the data directory has, microseconds in a new one.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Shards of a memtable, a power of two: about four per writing thread.</summary>
    public int ShardCount { get; init; } = 8;

    /// <summary>Memory for points (--memory); reserved at once, used as needed.</summary>
    public long ArenaBytes { get; init; } = 512L << 20;

    /// <summary>Memory for names, tags and postings; 0: what <see cref="Limits.MaxSeries"/> ordinary series
    /// take.</summary>
    public long RegistryBytes { get; init; }

    /// <summary>Of the tables of series; null: random, so that nobody can choose keys that collide.</summary>
    public ulong? HashSeed { get; init; }

    /// <summary>A memtable with this many points is flushed.</summary>
    public long FlushPoints { get; init; } = 1_000_000;

    /// <summary>A memtable that holds this share of the arena is flushed.</summary>
    public double FlushArenaShare { get; init; } = 0.25;

    /// <summary>A memtable whose oldest point was written this long ago is flushed.</summary>
    public TimeSpan FlushAge { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>When the write-ahead log makes points durable (--wal-sync). There is none in memory only.</summary>
    public LogSync LogSync { get; init; } = LogSync.EverySecond;

    /// <summary>What to do about damage in the log (--wal-replay): refuse to open, or report it and read on.</summary>
    public bool IsReplayStrict { get; init; }

    /// <summary>Bytes of points in the log that are not flushed (--wal-size-limit); above it writes are refused until
    /// a flush is done. Without a limit the arena is one: the log holds what the memtables hold.</summary>
    public long LogSizeLimit { get; init; } = long.MaxValue;

    /// <summary>The length of the log's files.</summary>
    public long LogFileBytes { get; init; } = LogFolder.DefaultFileBytes;

    /// <summary>Points of a full page (--page-size).</summary>
    public int PagePoints { get; init; } = 4096;

    public TimestampEncoding Timestamps { get; init; } = TimestampEncoding.Adaptive;

    public Limits Limits { get; init; } = new();

    /// <summary>Points older than this, seen from the newest accepted one, are refused and in time removed; null: kept
    /// for ever.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>The oldest points go while the segments have more bytes than this (--retention-size); null: no
    /// limit.</summary>
    public long? RetentionSize { get; init; }

    /// <summary>Points newer than now plus this are refused; null: accepted.</summary>
    public TimeSpan? FutureLimit { get; init; }

    /// <summary>False: segments are compacted only on demand.</summary>
    public bool CompactionEnabled { get; init; } = true;

    /// <summary>No compaction makes a segment larger than this.</summary>
    public long CompactionMaxBytes { get; init; } = 512L << 20;

    /// <summary>What the background compaction may write in a second, so that it leaves the disk to others.</summary>
    public long CompactionBytesPerSecond { get; init; } = 64L << 20;

    /// <summary>Below this much free room writes are refused.</summary>
    public FreeDiskRule MinFreeDisk { get; init; } = new(0.05, 1L << 30);
}

/// <summary>How much of a file system must stay free: a share of it, but at most so many bytes.</summary>
internal readonly record struct FreeDiskRule(double Share, long MaxBytes)
{
    /// <summary>Nothing must stay free.</summary>
    public static readonly FreeDiskRule None = new(0, 0);

    public long BytesOf(long total) => (long)Math.Min(total * Share, MaxBytes);
}
