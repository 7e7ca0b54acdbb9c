using System;
using System.CommandLine;
using System.IO;
using System.Net;
using System.Text.Json;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting.Upkeep;

/// <summary>Asks a running daemon, on its HTTP door, to do something that may take long.</summary>
internal static class RunningDaemon
{
    /// <summary>A compaction of everything on a slow card takes hours.</summary>
    private static readonly AnswerPatience Silence = new(TimeSpan.FromHours(12));

    public static Option<string> HttpOption()
    {
        OptionSpec spec = OptionTable.Find("http")!;
        return new Option<string>(spec.CommandLineName)
        {
            Description = $"The daemon's HTTP door [{spec.EnvironmentName}, default {spec.Default}]",
            HelpName = "ADDRESS",
        };
    }

    public static Option<string> DataOption() => new("--data")
    {
        Description = "Do it here, on this data directory, which no daemon may hold.", HelpName = "DIR",
    };

    /// <summary>POSTs to a path and waits for the answer.</summary>
    /// <param name="http">What the command line says of the address; null for the other sources or the default.</param>
    /// <param name="path">Of the request.</param>
    /// <param name="progress">Shown on a terminal; gets the seconds.</param>
    /// <param name="done">Gets the answer's `data`.</param>
    /// <returns>The exit code.</returns>
    public static int Ask(string? http, string path, Func<long, string> progress, Action<JsonElement> done)
    {
        if ((OptionReader.Find("http", http)?.Texts[0] ?? "") == "off")
        {
            Console.Error.WriteLine("slungd: the daemon is told to have no HTTP door (--http off); --data DIR works " +
                "on the directory of a daemon that was stopped");
            return ExitCode.WrongUsage;
        }
        if (!DaemonAddress.TryFind("http", http, out IPEndPoint? address)) return ExitCode.WrongUsage;
        try
        {
            JsonElement data;
            using (new ProgressLine(progress))
            {
                using HttpExchange answer = HttpExchange.Send("POST", address!, path, [], Silence);
                data = answer.ReadData();
            }
            AnswerForm.Read(address!, data, done);
            return ExitCode.Done;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
    }

    /// <summary>False, with a message, when both are given: one is the daemon's business, one ours.</summary>
    public static bool IsOneOf(string? http, string? data)
    {
        if (http is null || data is null) return true;
        Console.Error.WriteLine("slungd: expected --http, to ask a running daemon, or --data, to work without one; " +
            "not both");
        return false;
    }
}
