using System;
using System.CommandLine;
using System.Net;
using System.Threading;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Hosting.Upkeep;

namespace Slungd.Ingest.Hosting.Transfer;

/// <summary>`slungd import`: JSON lines as `slungd export` writes them, into a running daemon.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        Argument<string[]> files = CheckedArgument.Files("Files, or - for standard input (the default).");
        Option<string> http = RunningDaemon.HttpOption();
        Command command = new("import", "Send JSON lines of an export to a running daemon.") { files, http };
        command.SetAction(result =>
        {
            if (!DaemonAddress.TryFindHttp(result.GetValue(http), out IPEndPoint? address))
                return ExitCode.WrongUsage;
            Importer importer = new(address!, TimeProvider.System, Thread.Sleep);
            return importer.Run(result.GetValue(files) is [_, ..] named ? named : ["-"]);
        });
        return command;
    }
}
