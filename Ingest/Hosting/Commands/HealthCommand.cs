using System;
using System.CommandLine;
using System.IO;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>`slungd health`: asks a running daemon how it is, for container checks. No shell, no HTTP stack, a few
/// milliseconds.</summary>
internal static class HealthCommand
{
    private static readonly AnswerPatience Silence = new(TimeSpan.FromSeconds(3));

    public static Command Create()
    {
        Option<string> listen = DaemonAddress.ListenOption();
        Option<bool> ready = new("--ready") { Description = "Ask whether it takes writes, not just whether it lives." };
        Command command = new("health", "Exit 0 when the daemon answers well, else 1.") { listen, ready };
        command.SetAction(result => Run(result.GetValue(listen), result.GetValue(ready)));
        return command;
    }

    private static int Run(string? listen, bool ready)
    {
        if (!DaemonAddress.TryFind("listen", listen, out IPEndPoint? address)) return ExitCode.WrongUsage;
        try
        {
            using HttpExchange answer = HttpExchange.Probe(address!, ready ? "/ready" : "/health", Silence);
            string text = answer.ReadText();
            bool isGood = answer.Status == (int)HttpStatusCode.OK;
            if (isGood && !IsOurs(text)) throw answer.Other();
            Console.Out.WriteLine(text.TrimEnd());
            return isGood ? ExitCode.Done : ExitCode.Failed;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"slungd: {e.Message}");
            return ExitCode.Failed;
        }
    }

    /// <summary>Any server may answer 200.</summary>
    private static bool IsOurs(string text) =>
        AnswerForm.Parse(Encoding.UTF8.GetBytes(text)) is { ValueKind: JsonValueKind.Object } json
        && json.TryGetProperty("status", out JsonElement status)
        && status.ValueKind == JsonValueKind.String
        && (status.ValueEquals("ok"u8) || status.ValueEquals("ready"u8));
}
