using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Net;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Hosting.Upkeep;
using Slungd.Workflows.Supervisor;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>`slungd workflow deploy|list|logs|remove|restart`: workflows of a running daemon; `run`: without
/// one.</summary>
internal static class WorkflowCommand
{
    private const string Root = "/api/v1/workflows";

    private static readonly AnswerPatience Silence = new(TimeSpan.FromMinutes(1));

    public static Command Create()
    {
        Option<string> http = RunningDaemon.HttpOption();
        http.Recursive = true;
        return new Command("workflow", "WebAssembly workflows.")
        {
            http, RunOffline(), Deploy(http), List(http), Logs(http), Remove(http), Restart(http),
        };
    }

    private static Command RunOffline()
    {
        Argument<string> file = CheckedArgument.Path("FILE", "A WebAssembly module.");
        Option<string> input = CheckedOption.Path("--input",
            "Points as CSV or JSON lines, in the order of arrival; - is standard input.");
        input.Required = true;
        Option<string> config = CheckedOption.Path("--config", "Its configuration, as JSON.");
        Option<string> precision = CheckedOption.Text("--precision", "ns|us|ms|s", "Unit of timestamps.",
            OptionChecks.Precision);
        precision.DefaultValueFactory = static _ => "us";
        Option<string> limit = CheckedOption.Text("--time-limit", "DURATION",
            "How long it may take [default: any time].", OptionChecks.Duration);
        Command command = new("run", "Run a guest without a daemon, on points of a file, and print what it does.")
        {
            file, input, config, precision, limit,
        };
        command.SetAction(result =>
        {
            Int128 nanoseconds = Int128.MaxValue;
            if (result.GetValue(limit) is { } text) DurationText.TryParse(text, out nanoseconds, out _);
            Precisions.TryParse(result.GetValue(precision)!, out Precision known);
            long ticks = (long)Int128.Min(nanoseconds / 100, long.MaxValue);
            OfflineOptions options = new(result.GetValue(file)!, result.GetValue(input)!)
            {
                Config = result.GetValue(config), Precision = known, TimeLimit = TimeSpan.FromTicks(ticks),
            };
            return OfflineRun.Run(options, Console.Out, Console.Error);
        });
        return command;
    }

    private static Command Deploy(Option<string> http)
    {
        Argument<string> file = CheckedArgument.Path("FILE", "A WebAssembly module.");
        Option<string> name = new("--name") { Description = "Its name [default: the file's]", HelpName = "NAME" };
        Option<string> config = CheckedOption.Path("--config", "Its configuration, as JSON.");
        Command command = new("deploy", "Start a workflow, or replace the one of this name.") { file, name, config };
        command.SetAction(result =>
        {
            string path = result.GetValue(file)!;
            string called = result.GetValue(name) ?? Path.GetFileNameWithoutExtension(path);
            if (!WorkflowFolder.IsName(called))
            {
                Console.Error.WriteLine("slungd: --name: expected letters, digits, '-', '_' and '.', at most 64, and "
                    + $"no '.' first; got \"{called}\"");
                return ExitCode.WrongUsage;
            }
            string target = $"{Root}/{Name(called)}";
            string? given = result.GetValue(http);
            if (result.GetValue(config) is { } json)
            {
                int exit = Ask(given, "PUT", target + "/config", json, static _ => { });
                if (exit != ExitCode.Done) return exit;
            }
            return Ask(given, "PUT", target, path, static data => Tell(data));
        });
        return command;
    }

    private static Command List(Option<string> http)
    {
        Command command = new("list", "All workflows, and how they are.");
        command.SetAction(result => Ask(result.GetValue(http), "GET", Root, null, static data =>
        {
            foreach (JsonElement workflow in data.GetProperty("workflows").EnumerateArray()) Tell(workflow);
        }));
        return command;
    }

    private static Command Logs(Option<string> http)
    {
        Argument<string> name = new("NAME") { Description = "Of the workflow." };
        Option<long> limit = CheckedOption.Number("--limit", "At most so many lines.", 100);
        Command command = new("logs", "The last lines that a workflow printed.") { name, limit };
        command.SetAction(result =>
        {
            string lines = result.GetValue(limit).ToString(CultureInfo.InvariantCulture);
            string target = $"{Root}/{Name(result.GetValue(name)!)}/logs?limit={lines}";
            return Ask(result.GetValue(http), "GET", target, null, static data =>
            {
                foreach (JsonElement line in data.GetProperty("lines").EnumerateArray())
                    Console.Out.WriteLine($"{line.GetProperty("time").Text()} {line.GetProperty("stream")}: "
                        + line.GetProperty("text").Text());
            });
        });
        return command;
    }

    private static Command Remove(Option<string> http)
    {
        Argument<string> name = new("NAME") { Description = "Of the workflow." };
        Command command = new("remove", "End a workflow and delete it.") { name };
        command.SetAction(result => Ask(result.GetValue(http), "DELETE", $"{Root}/{Name(result.GetValue(name)!)}",
            null, static _ => { }));
        return command;
    }

    private static Command Restart(Option<string> http)
    {
        Argument<string> name = new("NAME") { Description = "Of the workflow." };
        Command command = new("restart", "Start a workflow anew, out of quarantine too.") { name };
        command.SetAction(result => Ask(result.GetValue(http), "POST",
            $"{Root}/{Name(result.GetValue(name)!)}/restart", null, static data => Tell(data)));
        return command;
    }

    private static string Name(string name) => Uri.EscapeDataString(name);

    private static void Tell(JsonElement workflow)
    {
        JsonElement counters = workflow.GetProperty("counters");
        Console.Out.WriteLine($"{workflow.GetProperty("name").Text()} {workflow.GetProperty("state").Text()} "
            + $"events={counters.GetProperty("events")} written={counters.GetProperty("written")} "
            + $"failures={counters.GetProperty("failures")}");
        if (workflow.TryGetProperty("last_error", out JsonElement error))
            Console.Out.WriteLine($"  last error: {error.GetString()}");
    }

    /// <summary>One request to the daemon.</summary>
    /// <param name="http">What the command line says of the address.</param>
    /// <param name="method">Of the request.</param>
    /// <param name="target">Of the request.</param>
    /// <param name="file">Sent as body; null without one.</param>
    /// <param name="done">Gets the answer's `data`, if it has one.</param>
    /// <returns>The exit code.</returns>
    private static int Ask(string? http, string method, string target, string? file, Action<JsonElement> done)
    {
        if (!DaemonAddress.TryFindHttp(http, out IPEndPoint? address)) return ExitCode.WrongUsage;
        try
        {
            byte[] body = file is null ? [] : File.ReadAllBytes(file);
            using HttpExchange answer = HttpExchange.Send(method, address!, target, body, Silence);
            if (answer.Status == (int)HttpStatusCode.NoContent) return ExitCode.Done;
            if (file is not null && answer.Status == (int)HttpStatusCode.BadRequest)
                throw new IOException($"{file}: {answer.ReadError()}");
            AnswerForm.Read(address!, answer.ReadData(), done);
            return ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
    }
}
