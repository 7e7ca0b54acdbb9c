using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Ingest.Hosting.Logging;
using Slungd.Ingest.Hosting.Options;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Upkeep;

/// <summary>A data directory that no daemon holds, opened by a command for the time of its work. What the log has goes
/// into segments, and nothing is compacted unasked.</summary>
internal static class OfflineStore
{
    /// <summary>Opens the directory, does the work, and leaves the directory as a clean stop does.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string directory, Action<TimeSeriesStore> work)
    {
        List<string> errors = [];
        // As the daemon here would be told; that its doors are shut is no matter.
        ServeOptions options = OptionReader.Read(spec => spec.Name switch
        {
            "data" => [directory],
            "insecure" => ["true"],
            _ => null,
        }, Environment.GetEnvironmentVariables(), WorkingDirectory.Path, errors);
        foreach (string error in errors) Console.Error.WriteLine($"slungd: {error}");
        if (errors.Count > 0) return ExitCode.WrongUsage;
        if (!File.Exists(Path.Combine(directory, FormatFile.Name)))
        {
            Console.Error.WriteLine($"slungd: {directory} is no data directory: it has no {FormatFile.Name}");
            return ExitCode.Failed;
        }
        if (options.LogLevel < LogLevel.Warning) options.LogLevel = LogLevel.Warning;
        using ILoggerFactory loggers = LogOutput.Create(options, TimeProvider.System);
        StoreOptions settings = StoreSetup.For(options, MemoryLimits.Detect(options.MemoryBytes), options.Limits) with
        {
            LogSync = LogSync.Off, CompactionEnabled = false,
        };
        using var store = new TimeSeriesStore(settings, new PosixDisk(), TimeProvider.System,
            loggers.CreateLogger("store"));
        return Guard(() =>
        {
            store.Open(startBackground: false);
            work(store);
            return store.Stop() ? ExitCode.Done : ExitCode.Failed;
        });
    }

    /// <summary>Runs what may fail because the world is as it is; the message goes to standard error.</summary>
    public static int Guard(Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is StoreOpenException or SegmentVersionException or IOException)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
    }
}
