using System;
using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Slungd.Ingest.Security;
using Slungd.Native.Os;

namespace Slungd.Ingest.Net;

/// <summary>TLS for the client commands, which know the daemon's certificate by the same option as the daemon.
/// </summary>
/// <param name="certificatePath">PEM; see <see cref="OutboundTls.SecureDaemon"/>.</param>
/// <param name="isChecked">False: whatever certificate is shown will do.</param>
internal sealed class ClientTls(string certificatePath, bool isChecked = true)
{
    private static readonly TlsRelay s_relay = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5));

    /// <summary>Shakes hands, and gives back a socket that carries what is inside.</summary>
    /// <param name="socket">Connected; belongs to the result from now on.</param>
    /// <param name="host">To be found in a certificate that is not the daemon's.</param>
    /// <exception cref="SocketException">No TLS with this peer; the message says why.</exception>
    public Socket Secure(Socket socket, string host)
    {
        try
        {
            SslStream secure = OutboundTls.SecureDaemon(new NetworkStream(socket, ownsSocket: true), host,
                isChecked ? certificatePath : null);
            (Socket ours, Socket callers) = LocalSockets.CreatePair();
            _ = s_relay.Run(secure, ours);
            return callers;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or InvalidDataException)
        {
            socket.Dispose();
            if (e.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut } silence) throw silence;
            throw new SocketException((int)SocketError.ProtocolNotSupported,
                $"no TLS as --tls-cert {certificatePath} wants it: {e.Message}");
        }
    }
}
