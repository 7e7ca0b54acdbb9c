using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Net;
using System.Text;
using System.Threading;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Hosting.Upkeep;
using Slungd.Ingest.Http;

namespace Slungd.Ingest.Hosting.Transfer;

/// <summary>`slungd export`: a running daemon's numeric series as JSON lines, which `slungd import` takes.</summary>
internal static class ExportCommand
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Of the daemon's lines: any server may answer 200.</summary>
    private const string ContentType = "application/stream+json";

    private const string AllSeries = "{__name__!=\"\"}";

    private const string Rounded = "slungd: times are finer than a millisecond in the store: lines with \"rounded\" "
        + "have them rounded down, and of several points inside one millisecond the last";

    /// <summary>Of silence: finding the series of a large store takes a while.</summary>
    private static readonly AnswerPatience Silence = new(TimeSpan.FromMinutes(10));

    public static Command Create()
    {
        Argument<string[]> selectors = new("SELECTOR")
        {
            Description = "Which series, such as 'cpu{host=\"a\"}'; all without one.", Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> start = CheckedOption.Text("--start", "TIME",
            "From this time on: seconds since 1970, or RFC 3339.", PrometheusTime.Check);
        Option<string> end = CheckedOption.Text("--end", "TIME", "Up to this time.", PrometheusTime.Check);
        Option<string> file = CheckedOption.Path("--out", "Write this file instead of standard output.");
        Option<string> http = RunningDaemon.HttpOption();
        Command command = new("export", "Write a running daemon's series as JSON lines.")
        {
            selectors, start, end, file, http,
        };
        command.SetAction(result =>
        {
            StringBuilder form = new();
            string[] wanted = result.GetValue(selectors) is [_, ..] given ? given : [AllSeries];
            foreach (string selector in wanted) Add(form, "match[]", selector);
            if (result.GetValue(start) is { } from) Add(form, "start", from);
            if (result.GetValue(end) is { } to) Add(form, "end", to);
            return Run(result.GetValue(http), form.ToString(), result.GetValue(file));
        });
        return command;
    }

    private static void Add(StringBuilder form, string name, string value) =>
        form.Append(form.Length > 0 ? "&" : "").Append(name).Append('=').Append(Uri.EscapeDataString(value));

    private static int Run(string? http, string form, string? file)
    {
        if (!DaemonAddress.TryFindHttp(http, out IPEndPoint? address)) return ExitCode.WrongUsage;
        long written = 0;
        try
        {
            using HttpExchange answer = HttpExchange.Send("POST", address!, "/api/v1/export",
                Encoding.ASCII.GetBytes(form), Silence, "application/x-www-form-urlencoded");
            if (answer.Status != (int)HttpStatusCode.OK) throw new IOException(answer.ReadError());
            if (answer.Field("Content-Type") != ContentType) throw answer.Other();
            using Stream output = file is null ? Console.OpenStandardOutput() : File.Create(file);
            using ProgressLine progress = new(seconds => string.Create(CultureInfo.InvariantCulture,
                $"exporting, {seconds} s: {Volatile.Read(ref written):N0} bytes"));
            bool wasRounded = false;
            int before = ExportRoutes.RoundedMark.Length - 1; // so much of the piece before may begin a mark
            byte[] buffer = new byte[before + BufferBytes];
            for (int got; (got = answer.Read(buffer.AsSpan(before))) > 0; written += got)
            {
                output.Write(buffer, before, got);
                wasRounded = wasRounded || buffer.AsSpan(0, before + got).IndexOf(ExportRoutes.RoundedMark) >= 0;
                buffer.AsSpan(got, before).CopyTo(buffer);
            }
            if (wasRounded) Console.Error.WriteLine(Rounded);
            return ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            if (written > 0)
                Console.Error.WriteLine($"slungd: {file ?? "standard output"} has only the first {written} bytes");
            return ExitCode.Failed;
        }
    }
}
