using System;
using Microsoft.Extensions.Logging;

namespace Slungd.Engine;

/// <summary>Every message the engine logs. The ids are fixed: 2000 to 2999.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(2001, LogLevel.Information,
        "opened {Directory}: {Segments} segments, {Points} points, {Series} series, timestamps in {Precision}")]
    public static partial void StoreOpened(ILogger log, string directory, int segments, long points, int series,
        string precision);

    [LoggerMessage(2002, LogLevel.Error, "{Segment} was moved to quarantine: {Reason}")]
    public static partial void Quarantined(ILogger log, string segment, string reason);

    [LoggerMessage(2003, LogLevel.Error, "{Segment} is corrupt and hidden, but can't be moved to quarantine: {Reason}")]
    public static partial void QuarantineFailed(ILogger log, string segment, string reason);

    [LoggerMessage(2004, LogLevel.Warning,
        "{Segment}: {Count} series are hidden, since other segments have them with another value family")]
    public static partial void SeriesHidden(ILogger log, string segment, int count);

    [LoggerMessage(2005, LogLevel.Debug, "flushed {Points} points into {Segment}: {Bytes} bytes in {Milliseconds} ms")]
    public static partial void Flushed(ILogger log, long points, string segment, long bytes, long milliseconds);

    [LoggerMessage(2006, LogLevel.Error, "flush failed, attempt {Attempt}: {Reason}")]
    public static partial void FlushFailed(ILogger log, int attempt, string reason, Exception? cause);

    [LoggerMessage(2007, LogLevel.Error, "writes are refused: {Reason}")]
    public static partial void WritesRefused(ILogger log, string reason);

    [LoggerMessage(2008, LogLevel.Information, "writes are accepted again")]
    public static partial void WritesResumed(ILogger log);

    [LoggerMessage(2009, LogLevel.Error,
        "{Points} points in memory could not be written at shutdown and are lost: {Reason}")]
    public static partial void PointsLost(ILogger log, long points, string reason);

    [LoggerMessage(2010, LogLevel.Information, "{Segment} is older than the retention and was removed")]
    public static partial void SegmentExpired(ILogger log, string segment);

    [LoggerMessage(2011, LogLevel.Warning, "{Path} can't be removed: {Reason}")]
    public static partial void CleanupFailed(ILogger log, string path, string reason);

    [LoggerMessage(2012, LogLevel.Debug,
        "compacted {Count} segments of {BytesIn} bytes into {Outputs} of level {Level}: {BytesOut} bytes in "
        + "{Milliseconds} ms")]
    public static partial void Compacted(ILogger log, int count, long bytesIn, int outputs, int level, long bytesOut,
        long milliseconds);

    [LoggerMessage(2013, LogLevel.Warning, "compaction failed and will be tried again: {Reason}")]
    public static partial void CompactionFailed(ILogger log, string reason);

    [LoggerMessage(2014, LogLevel.Information, "made the snapshot {Snapshot}: {Segments} segments")]
    public static partial void SnapshotMade(ILogger log, string snapshot, int segments);

    [LoggerMessage(2015, LogLevel.Information,
        "deleted the points of {Series} series from {Start} to {End}; {Tombstones} deleted ranges wait to be erased")]
    public static partial void Deleted(ILogger log, int series, long start, long end, int tombstones);

    [LoggerMessage(2016, LogLevel.Error,
        "{Path} was moved to quarantine ({Reason}): points that it said are deleted are back")]
    public static partial void TombstonesQuarantined(ILogger log, string path, string reason);

    [LoggerMessage(2020, LogLevel.Error,
        "the write-ahead log can't be written: {Reason}. Writes are refused until what is in memory is in segments")]
    public static partial void LogFailed(ILogger log, string reason, Exception cause);

    [LoggerMessage(2021, LogLevel.Information,
        "read the write-ahead log: {Points} points from {Files} files, {Bytes} bytes")]
    public static partial void LogReplayed(ILogger log, long points, int files, long bytes);

    [LoggerMessage(2022, LogLevel.Error, "the write-ahead log is damaged: {Hole}; what is behind it was read")]
    public static partial void LogHoleSkipped(ILogger log, string hole);

    [LoggerMessage(2023, LogLevel.Information,
        "the write-ahead log ends unevenly, as after a power cut: {Hole}; nobody was told that it is safe")]
    public static partial void LogTailSkipped(ILogger log, string hole);

    [LoggerMessage(2024, LogLevel.Error,
        "{Points} points of the write-ahead log are lost: their series were defined in a damaged part, or have another "
        + "family")]
    public static partial void LogPointsLost(ILogger log, long points);

    [LoggerMessage(2025, LogLevel.Warning,
        "{Points} points in memory could not be written to a segment at shutdown, and stay in the log: {Reason}")]
    public static partial void PointsLeftInLog(ILogger log, long points, string reason);

    [LoggerMessage(2026, LogLevel.Critical, "{Reason}: what was stored is lost, unless it was moved and is put back")]
    public static partial void StoppedWithoutDirectory(ILogger log, string reason);
}
