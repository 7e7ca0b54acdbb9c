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
        Argument<string[]> files = CheckedArgument.Files("Files, or - for standard input (the default).");
        Option<string> listen = DaemonAddress.ListenOption();
        Option<string> format = CheckedOption.Choice("--format", "csv|json",
            "csv or json; else by the first character.", "csv", "json");
        Option<string> series = new("--series")
        {
            Description = "CSV: the series of every line, when no column names it.", HelpName = "NAME",
        };
        Option<string> precision = CheckedOption.Text("--precision", precisionSpec.ValueName,
            "The daemon's precision, for times given as text or left out "
            + $"[{precisionSpec.EnvironmentName}, default us]", OptionChecks.Precision);
        Option<string> retry = CheckedOption.Text("--retry", "DURATION",
            "How long to try again while a daemon that went away, or refuses, keeps nothing.", OptionChecks.Duration);
        retry.DefaultValueFactory = static _ => "60s";
        Command command = new("send", "Send CSV or JSON lines to a running daemon.")
        {
            files, listen, format, series, precision, retry,
        };
        command.SetAction(result =>
        {
            if (!DaemonAddress.TryFind("listen", result.GetValue(listen), out IPEndPoint? address))
                return ExitCode.WrongUsage;
            OptionValue unit = OptionReader.Find("precision", result.GetValue(precision))
                ?? new OptionValue(["us"], precision.Name);
            if (!Precisions.TryParse(unit.Texts[0], out Precision known))
            {
                string expected = OptionChecks.Precision(unit.Texts[0])!;
                Console.Error.WriteLine("slungd: " + OptionChecks.Mistake(unit.Where, expected, unit.Texts[0]));
                return ExitCode.WrongUsage;
            }
            DurationText.TryParse(result.GetValue(retry), out Int128 patience, out _);
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
