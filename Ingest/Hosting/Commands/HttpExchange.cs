using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>One request to a daemon on a connection of its own, which the server closes after the answer: all that the
/// client commands need of HTTP.</summary>
/// <param name="Status">The status code; 0 when the answer is no HTTP.</param>
/// <param name="Body">The body as text.</param>
internal readonly record struct HttpExchange(int Status, string Body)
{
    private const int MaxAnswerBytes = 256 << 20;

    /// <exception cref="SocketException">The daemon can't be reached or is silent.</exception>
    public static HttpExchange Get(IPEndPoint address, string target, TimeSpan timeout) =>
        Send("GET", address, target, [], timeout);

    /// <summary>A POST without a body.</summary>
    /// <exception cref="SocketException">The daemon can't be reached or is silent.</exception>
    public static HttpExchange Post(IPEndPoint address, string target, TimeSpan timeout) =>
        Send("POST", address, target, [], timeout);

    /// <summary>Any request.</summary>
    /// <exception cref="SocketException">The daemon can't be reached or is silent.</exception>
    public static HttpExchange Send(string method, IPEndPoint address, string target, byte[] body, TimeSpan timeout)
    {
        using Socket socket = Connect(address);
        socket.SendTimeout = socket.ReceiveTimeout = (int)timeout.TotalMilliseconds;
        string length = method == "GET" ? "" : $"Content-Length: {body.Length}\r\n";
        string request = $"{method} {target} HTTP/1.1\r\nHost: localhost:{address.Port}\r\n{length}"
            + $"{ClientAccess.TokenField}Connection: close\r\n\r\n";
        socket.Send([.. Encoding.ASCII.GetBytes(request), .. body]);
        MemoryStream answer = new();
        byte[] buffer = new byte[16 * 1024];
        int got;
        while (answer.Length < MaxAnswerBytes && (got = socket.Receive(buffer)) > 0) answer.Write(buffer, 0, got);
        return Parse(answer.GetBuffer().AsSpan(0, (int)answer.Length));
    }

    /// <summary>A connection, in TLS when that is told.</summary>
    /// <exception cref="SocketException">The daemon can't be reached.</exception>
    public static Socket Connect(IPEndPoint address)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(address);
            return ClientAccess.Tls is { } tls ? tls.Secure(socket, address.Address.ToString()) : socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static HttpExchange Parse(ReadOnlySpan<byte> answer)
    {
        int end = answer.IndexOf("\r\n\r\n"u8);
        bool isHttp = end >= 12 && answer.StartsWith("HTTP/1.1 "u8);
        if (!isHttp || !int.TryParse(answer.Slice(9, 3), null, out int status)) return new HttpExchange(0, "");
        return new HttpExchange(status, Encoding.UTF8.GetString(answer[(end + 4)..]));
    }
}
