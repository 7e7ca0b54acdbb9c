using System;
using System.CommandLine;
using System.Globalization;
using Slungd.Engine.Store;

namespace Slungd.Ingest.Hosting.Upkeep;

/// <summary>`slungd compact`: merges segments until there are as few as there may be.</summary>
internal static class CompactCommand
{
    public static Command Create()
    {
        Option<string> http = RunningDaemon.HttpOption(), data = RunningDaemon.DataOption();
        Command command = new("compact", "Merge a running daemon's segments into as few as there may be.")
        {
            http, data,
        };
        command.SetAction(result => Run(result.GetValue(http), result.GetValue(data)));
        return command;
    }

    private static int Run(string? http, string? data)
    {
        if (!RunningDaemon.IsOneOf(http, data)) return ExitCode.WrongUsage;
        if (data is null)
        {
            return RunningDaemon.Ask(http, "/api/v1/admin/tsdb/compact",
                static seconds => $"compacting, {seconds} s",
                static answer => Tell(answer.GetProperty("segments").GetInt64(),
                    answer.GetProperty("segment_points").GetInt64(), answer.GetProperty("segment_bytes").GetInt64()));
        }
        return OfflineStore.Run(data, static store =>
        {
            StoreStatistics now;
            using (new ProgressLine(seconds => Progress(store, seconds)))
            {
                store.Compact();
                now = store.Statistics();
            }
            Tell(now.Segments, now.SegmentPoints, now.SegmentBytes);
        });
    }

    private static string Progress(TimeSeriesStore store, long seconds)
    {
        StoreStatistics now = store.Statistics();
        return $"compacting, {seconds} s: {now.Compactions} merges, {now.Segments} segments left";
    }

    private static void Tell(long segments, long points, long bytes) => Console.Out.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{segments} segments, {points} points, {bytes} bytes"));
}
