using System;
using System.Net;
using System.Net.Sockets;

namespace Slungd.Ingest.Net;

/// <summary>Connections of the client commands.</summary>
internal static class ClientSocket
{
    // Seconds: a host that has lost its power says nothing, for ever.
    private const int KeepAliveTime = 30, KeepAliveInterval = 10, KeepAliveProbes = 3;

    // <linux/tcp.h>
    private const int TcpLevel = 6, SynCount = 7;

    /// <summary>Connects, in TLS when that is told.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="tls">Null: in clear.</param>
    /// <param name="timeout">For the connection, about, and for every step of TLS' handshake.</param>
    /// <returns>A blocking socket, whose sends make some progress in that time, too, or fail.</returns>
    /// <exception cref="SocketException">Nobody is there; the message says why.</exception>
    public static Socket Connect(IPEndPoint server, ClientTls? tls, TimeSpan timeout)
    {
        Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveTime);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveInterval);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
            // A connect that may be given up would make the socket non-blocking for good, and every send dearer.
            if (OperatingSystem.IsLinux())
                socket.SetRawSocketOption(TcpLevel, SynCount, BitConverter.GetBytes(Attempts(timeout)));
            socket.Connect(server);
            socket.SendTimeout = socket.ReceiveTimeout = (int)timeout.TotalMilliseconds;
            if (tls is null) return socket;
            Socket inside = tls.Secure(socket, server.Address.ToString());
            inside.SendTimeout = socket.SendTimeout;
            return inside;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The kernel waits 1, 2, 4 ... seconds for an answer; so many retries last so long.</summary>
    private static int Attempts(TimeSpan timeout) =>
        Math.Clamp((int)Math.Ceiling(Math.Log2(timeout.TotalSeconds + 1)) - 1, 1, 6);
}
