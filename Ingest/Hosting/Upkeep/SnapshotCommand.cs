using System;
using System.CommandLine;
using Slungd.Ingest.Hosting.Commands;

namespace Slungd.Ingest.Hosting.Upkeep;

/// <summary>`slungd snapshot`: a consistent copy of everything, and its name on standard output.</summary>
internal static class SnapshotCommand
{
    public static Command Create()
    {
        Option<string> http = RunningDaemon.HttpOption(), data = RunningDaemon.DataOption();
        Command command = new("snapshot", "Make a snapshot of a running daemon's data, in DATA/snapshots.")
        {
            http, data,
        };
        command.SetAction(result => Run(result.GetValue(http), result.GetValue(data)));
        return command;
    }

    private static int Run(string? http, string? data)
    {
        if (!RunningDaemon.IsOneOf(http, data)) return ExitCode.WrongUsage;
        static string Progress(long seconds) => $"making a snapshot, {seconds} s";
        if (data is null)
        {
            return RunningDaemon.Ask(http, "/api/v1/admin/tsdb/snapshot", Progress,
                static answer => Console.Out.WriteLine(answer.GetProperty("name").Text()));
        }
        return OfflineStore.Run(data, static store =>
        {
            string name;
            using (new ProgressLine(Progress)) name = store.Snapshot();
            Console.Out.WriteLine(name);
        });
    }
}
