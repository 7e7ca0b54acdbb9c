using System;
using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Threading;
using System.Threading.Tasks;
using Slungd.Ingest.Security;
using Slungd.Native.Os;

namespace Slungd.Ingest.Net;

/// <summary>TLS in front of port 2077: shakes hands with an accepted socket, then stands between it and a local socket
/// that a loop serves as any other. The loops stay what they are; who encrypts pays for a copy more.</summary>
internal sealed class TlsDoor(ServerCertificate certificate, SocketServer server)
{
    private static readonly TimeSpan s_handshake = TimeSpan.FromSeconds(10); // design, section 10
    private static readonly ConditionalWeakTable<Socket, string> s_peers = new();

    private readonly TlsRelay _relay = new(server.Options.SendTimeout, server.Options.CloseTimeout);
    private readonly CancellationTokenSource _stopping = new();
    private int _open;

    /// <summary>Connections, those that still shake hands included.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Who is behind a socket: a local one has no address of its own.</summary>
    public static string PeerOf(Socket socket) =>
        s_peers.TryGetValue(socket, out string? peer) ? peer : socket.RemoteEndPoint?.ToString() ?? "?";

    /// <summary>Takes an accepted socket. Any thread; returns at once.</summary>
    public void Take(Socket socket)
    {
        if (Interlocked.Increment(ref _open) > server.MaxSockets || _stopping.IsCancellationRequested)
        {
            Interlocked.Decrement(ref _open);
            socket.Dispose();
            return;
        }
        _ = Serve(socket);
    }

    /// <summary>Ends handshakes, and waits for what the loops sent last to go out.</summary>
    public bool Stop(TimeSpan patience)
    {
        _stopping.Cancel();
        return SpinWait.SpinUntil(() => Open == 0, patience);
    }

    private async Task Serve(Socket socket)
    {
        await Task.Yield(); // the loop that accepted goes on
        try
        {
            socket.Blocking = true; // as NetworkStream wants it
            SslStream secure = new(new NetworkStream(socket, ownsSocket: true));
            if (await TryShakeHands(secure, PeerOf(socket)))
                await Relay(secure, PeerOf(socket));
            else
                await secure.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            socket.Dispose(); // gone before it began, or no descriptors are left
        }
        finally { Interlocked.Decrement(ref _open); }
    }

    private async Task<bool> TryShakeHands(SslStream secure, string peer)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        enough.CancelAfter(s_handshake);
        try
        {
            await secure.AuthenticateAsServerAsync(certificate.Options(), enough.Token);
            return true;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException
            or ObjectDisposedException or InvalidOperationException)
        {
            bool hasLeft = e is IOException or ObjectDisposedException || _stopping.IsCancellationRequested;
            certificate.NoteFailed(peer, hasLeft ? null : e);
            return false;
        }
    }

    private Task Relay(SslStream secure, string peer)
    {
        (Socket ours, Socket loops) = LocalSockets.CreatePair();
        loops.Blocking = false;
        s_peers.Add(loops, peer);
        if (server.Place(loops) is not { } loop)
        {
            ours.Dispose();
            return secure.DisposeAsync().AsTask();
        }
        loop.Take(loops);
        return _relay.Run(secure, ours);
    }
}
