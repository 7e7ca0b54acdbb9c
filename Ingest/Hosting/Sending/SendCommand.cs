using System;
using System.CommandLine;
using System.Net;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>`slungd send`: CSV or JSON lines from files or standard input into a running daemon. docs/cli.md describes
/// the formats.</summary>
internal static class SendCommand
{
    public static Command Create()
    {
        OptionSpec precisionSpec = OptionTable.Find("precision")!;
        Argument<string[]> files = new("FILE")
        {
            Description = "Files, or - for standard input (the default).", Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> listen = DaemonAddress.ListenOption();
        Option<string> format = new("--format")
        {
            Description = "csv or json; else by the first character.", HelpName = "csv|json",
        };
        format.AcceptOnlyFromAmong("csv", "json");
        Option<string> series = new("--series")
        {
            Description = "CSV: the series of every line, when no column names it.", HelpName = "NAME",
        };
        Option<string> precision = new("--precision")
        {
            HelpName = precisionSpec.ValueName,
            Description = "The daemon's precision, for times given as text or left out "
                + $"[{precisionSpec.EnvironmentName}, default us]",
        };
        precision.AcceptOnlyFromAmong("ns", "us", "ms", "s");
        Option<string> retry = new("--retry")
        {
            Description = "How long to try again while a daemon that went away, or refuses, keeps nothing.",
            HelpName = "DURATION",
            DefaultValueFactory = static _ => "60s",
        };
        Command command = new("send", "Send CSV or JSON lines to a running daemon.")
        {
            files, listen, format, series, precision, retry,
        };
        command.SetAction(result =>
        {
            if (!DaemonAddress.TryFind("listen", result.GetValue(listen), out IPEndPoint? address))
                return ExitCode.WrongUsage;
            string unit = OptionReader.Find("precision", result.GetValue(precision))?.Texts[0] ?? "us";
            bool fits = Precisions.TryParse(unit, out Precision known);
            if (!fits || !DurationText.TryParse(result.GetValue(retry), out Int128 patience, out _))
            {
                Console.Error.WriteLine($"slungd: --retry {result.GetValue(retry)}, --precision {unit}: expected a "
                    + "duration such as 60s, and one of ns, us, ms, s");
                return ExitCode.WrongUsage;
            }
            TimeSpan wait = TimeSpan.FromSeconds(Math.Min((double)patience / 1e9, 1e8));
            using Sender sender = new(address!, wait)
            {
                Format = result.GetValue(format), Series = result.GetValue(series), Precision = known,
            };
            return sender.Run(result.GetValue(files) is [_, ..] named ? named : ["-"]);
        });
        return command;
    }
}
