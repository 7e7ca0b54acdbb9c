using System;
using System.Numerics;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting.Options;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting;

/// <summary>What the options mean for the store, of the daemon and of the commands that open one by
/// themselves.</summary>
internal static class StoreSetup
{
    public static StoreOptions For(ServeOptions options, MemoryLimits memory, Limits limits) => new()
    {
        DataDirectory = options.DataDirectory,
        Precision = options.Precision,
        ShardCount = (int)BitOperations.RoundUpToPowerOf2((uint)(4 * (options.Threads ?? Environment.ProcessorCount))),
        ArenaBytes = memory.Arena,
        LogSync = options.WalSync,
        IsReplayStrict = options.IsWalReplayStrict,
        LogSizeLimit = options.WalSizeLimit,
        PagePoints = options.PagePoints,
        Timestamps = options.TimestampEncoding,
        Limits = limits,
        Retention = options.Retention,
        RetentionSize = options.RetentionSize,
        FutureLimit = options.FutureLimit,
        MinFreeDisk = options.MinFreeDisk,
    };
}
