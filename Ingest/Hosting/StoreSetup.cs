using System;
using System.Numerics;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Ingest.Hosting.Options;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting;

/// <summary>What the options mean for the store, of the daemon and of the commands that open one by
/// themselves.</summary>
internal static class StoreSetup
{
    private const long MinLogFileBytes = 256 * 1024;

    public static StoreOptions For(ServeOptions options, MemoryLimits memory, Limits limits) => new()
    {
        DataDirectory = options.DataDirectory,
        Precision = options.Precision,
        ShardCount = (int)BitOperations.RoundUpToPowerOf2((uint)(4 * (options.Threads ?? Environment.ProcessorCount))),
        ArenaBytes = memory.Arena,
        LogSync = options.WalSync,
        IsReplayStrict = options.IsWalReplayStrict,
        LogSizeLimit = options.WalSizeLimit,
        LogFileBytes = LogFileBytesFor(options.WalSizeLimit),
        PagePoints = options.PagePoints,
        Timestamps = options.TimestampEncoding,
        Limits = limits,
        RegistryBytes = Math.Min(TimeSeriesStore.RegistryBytesFor(limits.MaxSeries), memory.Limit / 6),
        Retention = options.Retention,
        RetentionSize = options.RetentionSize,
        FutureLimit = options.FutureLimit,
        MinFreeDisk = options.MinFreeDisk,
    };

    /// <summary>Files are reserved in full: with a limit the one being written, those that wait for their flush, and
    /// the spare one must fit into it.</summary>
    private static long LogFileBytesFor(long sizeLimit) =>
        Math.Clamp(sizeLimit / 4, MinLogFileBytes, LogFolder.DefaultFileBytes);
}
