using System;
using Slungd.Engine.Model;
using Slungd.Engine.Store;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>The store's figures.</summary>
internal sealed class StoreMetrics(TimeSeriesStore store)
{
    private static readonly SinkState[] States = Enum.GetValues<SinkState>();

    public void Write(PrometheusText text)
    {
        StoreStatistics now = store.Statistics();
        text.Family("slungd_store_state", "gauge", "1 for the state of the store; it takes writes while ready.");
        foreach (SinkState state in States) text.Sample(state == now.State ? 1 : 0, "state", NameOf(state));
        WritePoints(text, now);
        WriteMemory(text, now);
        WriteDisk(text, now);
        WriteLog(text, now);
    }

    private static void WritePoints(PrometheusText text, StoreStatistics now)
    {
        text.Counter("slungd_points_accepted_total", "Points stored.", now.PointsAccepted);
        text.Family("slungd_points_refused_total", "counter", "Points not stored, by reason.");
        for (int code = 1; code < now.PointsRefused.Length; code++)
            text.Sample(now.PointsRefused[code], "reason", NameOf((RefusalCode)code));
        text.Family("slungd_writes_turned_away_total", "counter",
            "Requests and connections refused before their points were read, by reason.");
        ReadOnlySpan<RefusalCode> unread = [RefusalCode.Memory, RefusalCode.Disk, RefusalCode.Rate];
        foreach (RefusalCode code in unread)
            text.Sample(now.TurnedAway[(int)code], "reason", NameOf(code));
        text.Gauge("slungd_series", "Series ever created.", now.Series);
    }

    private static void WriteMemory(PrometheusText text, StoreStatistics now)
    {
        text.Gauge("slungd_memtable_points", "Points in memory that are not in a segment yet.", now.MemtablePoints);
        text.Gauge("slungd_memtable_bytes", "Memory of those points.", now.MemtableBytes);
        text.Gauge("slungd_arena_used_bytes", "Memory taken from the arena.", now.ArenaUsedBytes);
        text.Gauge("slungd_arena_warm_bytes", "Memory kept for the next burst.", now.ArenaWarmBytes);
        text.Gauge("slungd_arena_limit_bytes", "Size of the arena.", now.ArenaBudgetBytes);
        text.Gauge("slungd_registry_bytes", "Memory for names, tags and postings.", now.RegistryBytes);
    }

    private static void WriteDisk(PrometheusText text, StoreStatistics now)
    {
        text.Gauge("slungd_segments", "Segments on disk.", now.Segments);
        text.Gauge("slungd_segment_points", "Points in segments.", now.SegmentPoints);
        text.Gauge("slungd_segment_bytes", "Bytes of segments.", now.SegmentBytes);
        text.Counter("slungd_deletes_total", "Deletes that found points.", now.Deletes);
        text.Gauge("slungd_tombstones", "Deleted ranges whose points wait to be erased.", now.Tombstones);
        text.Counter("slungd_segments_quarantined_total", "Segments found corrupt and moved away.", now.Quarantined);
        text.Counter("slungd_flushes_total", "Memtables written to segments.", now.Flushes);
        text.Counter("slungd_flush_failures_total", "Flushes that failed and were tried again.", now.FlushFailures);
        text.Counter("slungd_flush_seconds_total", "Time spent on flushes.", now.FlushSeconds);
        text.Counter("slungd_flushed_points_total", "Points written to segments.", now.FlushedPoints);
        text.Counter("slungd_flushed_bytes_total", "Bytes written to segments.", now.FlushedBytes);
        text.Counter("slungd_compactions_total", "Merges of segments into larger ones.", now.Compactions);
        text.Counter("slungd_compaction_failures_total", "Compactions that failed and will be tried again.",
            now.CompactionFailures);
        text.Counter("slungd_compaction_seconds_total", "Time spent on compactions.", now.CompactionSeconds);
        text.Counter("slungd_compaction_read_bytes_total", "Bytes of segments compacted away.", now.CompactionBytesIn);
        text.Counter("slungd_compaction_written_bytes_total", "Bytes of segments made of them.",
            now.CompactionBytesOut);
    }

    private static void WriteLog(PrometheusText text, StoreStatistics now)
    {
        text.Gauge("slungd_wal_bytes", "Bytes of the log whose points are not in segments yet.", now.Log.Bytes);
        text.Gauge("slungd_wal_staged_bytes", "Memory of points on their way into the log.", now.Log.StagedBytes);
        text.Counter("slungd_wal_written_bytes_total", "Bytes written to the log.", now.Log.WrittenBytes);
        text.Counter("slungd_wal_groups_total", "Groups of commits written together.", now.Log.Groups);
        text.Counter("slungd_wal_syncs_total", "Syncs of the log.", now.Log.Syncs);
        text.Counter("slungd_wal_sync_seconds_total", "Time spent in syncs of the log.", now.Log.SyncSeconds);
        text.Counter("slungd_wal_failures_total", "Writes and syncs of the log that failed.", now.Log.Failures);
        text.Gauge("slungd_wal_holes", "Damaged parts of the log that were skipped at the start.", now.LogHoles);
    }

    private static string NameOf(SinkState state) => state switch
    {
        SinkState.Ready => "ready",
        SinkState.Recovering => "recovering",
        SinkState.MemoryShort => "memory_short",
        SinkState.DiskShort => "disk_short",
        _ => "stopping",
    };

    private static string NameOf(RefusalCode code) => code switch
    {
        RefusalCode.Malformed => "malformed",
        RefusalCode.UnknownKind => "unknown_kind",
        RefusalCode.UnknownAlias => "unknown_alias",
        RefusalCode.ValueFamily => "value_family",
        RefusalCode.TooOld => "too_old",
        RefusalCode.TooNew => "too_new",
        RefusalCode.SeriesLimit => "series_limit",
        RefusalCode.Memory => "memory",
        RefusalCode.Disk => "disk",
        RefusalCode.NotAllowed => "not_allowed",
        _ => "rate",
    };
}
