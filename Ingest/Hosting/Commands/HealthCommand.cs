using System;
using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>`slungd health`: asks a running daemon how it is, for container checks. No shell, no HTTP stack, a few
/// milliseconds.</summary>
internal static class HealthCommand
{
    private const int TimeoutMs = 3_000;

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
        if (!DaemonAddress.TryFind(listen, out IPEndPoint? address)) return ExitCode.WrongUsage;
        string path = ready ? "/ready" : "/health";
        string answer;
        try { answer = Ask(address!, path); }
        catch (SocketException e)
        {
            Console.Error.WriteLine($"slungd: {address}: {e.Message}");
            return ExitCode.Failed;
        }
        int body = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Console.Out.WriteLine(body < 0 ? answer : answer[(body + 4)..].TrimEnd());
        return answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>One GET on a connection of its own; the server closes it after the answer.</summary>
    private static string Ask(IPEndPoint address, string path)
    {
        using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SendTimeout = TimeoutMs;
        socket.ReceiveTimeout = TimeoutMs;
        socket.Connect(address);
        socket.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        byte[] buffer = new byte[8 * 1024];
        int length = 0, got;
        while ((got = socket.Receive(buffer.AsSpan(length))) > 0) length += got;
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
