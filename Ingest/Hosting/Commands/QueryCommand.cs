using System;
using System.Buffers;
using System.CommandLine;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Net;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>`slungd query`: asks a running daemon, over the WebSocket or over HTTP, and prints the answer.</summary>
internal static class QueryCommand
{
    /// <summary>What the daemon gives for RAW without a limit; or less, where its memory is small.</summary>
    private const long PagePoints = 10_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(40); // the daemon gives up after 30

    public static Command Create()
    {
        Argument<string> query = new("QUERY") { Description = "Such as 'AVG:cpu:[host=a]:[1h,now]'." };
        Option<string> listen = DaemonAddress.ListenOption();
        Option<string> http = new("--http")
        {
            Description = "Ask the HTTP door at this address instead.", HelpName = "ADDRESS",
        };
        Option<bool> json = new("--json") { Description = "Print the daemon's JSON instead of text." };
        Option<long> limit = CheckedOption.Number("--limit", "RAW: how many points at most.", 10_000);
        Command command = new("query", "Ask a running daemon.") { query, listen, http, json, limit };
        command.SetAction(result => Run(result.GetValue(query)!, result.GetValue(listen), result.GetValue(http),
            result.GetValue(json), result.GetValue(limit)));
        return command;
    }

    private static int Run(string query, string? listen, string? http, bool json, long limit)
    {
        bool overHttp = http is not null;
        if (!DaemonAddress.TryFind(overHttp ? "http" : "listen", http ?? listen, out IPEndPoint? address))
            return ExitCode.WrongUsage;
        try
        {
            return AnswerForm.Read(address!, () => overHttp ? AskHttp(address!, query, json, limit)
                : AskWebSocket(address!, query, json, limit));
        }
        catch (Exception e) when (e is SocketException or WebSocketException or IOException)
        {
            Console.Error.WriteLine($"slungd: {(e is SocketException ? $"{address}: " : "")}{e.Message}");
            return ExitCode.Failed;
        }
    }

    private static int AskHttp(IPEndPoint address, string query, bool json, long limit)
    {
        string target = $"/api/v1/dsl?q={Uri.EscapeDataString(query)}";
        return Pages(query, json, limit, (page, next) =>
        {
            string url = target + (page is null ? "" : $"&limit={page}")
                + (next is null ? "" : $"&next={Uri.EscapeDataString(next)}");
            using HttpExchange answer = HttpExchange.Get(address, url, new AnswerPatience(Timeout));
            return answer.ReadAnswer();
        });
    }

    private static int AskWebSocket(IPEndPoint address, string query, bool json, long limit)
    {
        using WebSocketClient client = WebSocketClient.Connect(address,
            new WebSocketClientOptions { Token = ClientAccess.Token, Tls = ClientAccess.Tls });
        ArrayBufferWriter<byte> request = new();
        int code = Pages(query, json, limit, (page, next) =>
        {
            request.ResetWrittenCount();
            using (Utf8JsonWriter writer = new(request))
            {
                writer.WriteStartObject();
                writer.WriteNumber("id"u8, 1);
                writer.WriteString("query"u8, query);
                if (page is { } points) writer.WriteNumber("limit"u8, points);
                if (next is not null) writer.WriteString("next"u8, next);
                writer.WriteEndObject();
            }
            client.Send(Opcode.Text, request.WrittenSpan);
            ClientMessage message = client.TryReceive((int)Timeout.TotalMilliseconds);
            if (message != ClientMessage.Text) throw new WebSocketException($"{address}: no answer ({message})");
            return AnswerForm.Parse(client.Payload.ToArray());
        });
        client.SendClose();
        return code;
    }

    /// <summary>Asks once, or page by page for RAW, and prints what comes.</summary>
    /// <param name="ask">Given the page's size and cursor, returns the answer's members.</param>
    private static int Pages(string query, bool json, long limit, Func<long?, string?, JsonElement> ask)
    {
        bool isRaw = query.AsSpan().TrimStart().StartsWith("RAW", StringComparison.OrdinalIgnoreCase);
        using StreamWriter output = new(Console.OpenStandardOutput(), new UTF8Encoding(false), 64 * 1024);
        string? next = null;
        do
        {
            long? page = isRaw && limit < PagePoints ? limit : null;
            JsonElement answer = ask(page, next);
            if (answer.TryGetProperty("error", out JsonElement error)) return Failed(query, answer, error);
            if (!QueryText.IsResult(answer)) throw new FormatException("expected a result");
            if (json) QueryText.WriteJson(output, answer);
            else QueryText.Write(output, answer);
            if (!isRaw) break;
            limit -= answer.GetProperty("points").GetArrayLength();
            next = answer.GetProperty("next").GetString();
        }
        while (next is not null && limit > 0);
        return ExitCode.Done;
    }

    /// <summary>A mistake in the query is wrong usage, and is pointed at.</summary>
    private static int Failed(string query, JsonElement answer, JsonElement error)
    {
        Console.Error.WriteLine($"slungd: {error.Text()}");
        if (!answer.TryGetProperty("at", out JsonElement at)) return ExitCode.Failed;
        Console.Error.WriteLine($"  {query}\n  {new string(' ', Math.Clamp(at.GetInt32(), 0, query.Length))}^");
        return ExitCode.WrongUsage;
    }
}
