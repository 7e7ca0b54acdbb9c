using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Requests written byte by byte, for heads that no HTTP library would send.</summary>
internal static class RawHttp
{
    /// <summary>The head of a WebSocket upgrade.</summary>
    public static string Upgrade(string host, string? header = null) =>
        $"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
        $"{(header is null ? "" : header + "\r\n")}\r\n";

    /// <summary>The status of the answer's first line.</summary>
    public static async Task<int> Status(IPEndPoint address, string request)
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(Patience.Limit);
        await client.ConnectAsync(address, limit.Token);
        using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), limit.Token);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        string line = await reader.ReadLineAsync(limit.Token) ??
            throw new EndOfStreamException("closed without an answer");
        return int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Everything the daemon sends until it closes.</summary>
    public static async Task<string> Answer(IPEndPoint address, string request)
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(Patience.Limit);
        await client.ConnectAsync(address, limit.Token);
        using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), limit.Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(limit.Token);
    }
}
