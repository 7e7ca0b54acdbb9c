using System;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Slungd.Ingest.Http;

/// <summary>The sockets under Kestrel. Its own transport receives four kilobytes at a time, each with two system calls
/// and a change of threads: for bodies of hundreds of kilobytes that cost as much as storing their points.</summary>
/// <param name="maxReceivedBytes">What a connection may bring before its request takes some of it.</param>
/// <param name="maxConnections">More wait in the kernel until one ends: a connection receives from the moment it is
/// accepted, long before a busy thread pool looks at it.</param>
/// <param name="clock">For clients that take nothing of their answers.</param>
internal sealed class SocketTransport(int maxReceivedBytes, int maxConnections, TimeProvider clock)
    : IConnectionListenerFactory
{
    private const int Backlog = 512;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly PipeOptions _receiving = SocketConnection.Receiving(maxReceivedBytes);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(Backlog);
            return new ValueTask<IConnectionListener>(new Listener(socket, _receiving, maxConnections, clock));
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            if (e.SocketErrorCode == SocketError.AddressAlreadyInUse) throw new AddressInUseException(e.Message, e);
            throw;
        }
    }

    private sealed class Listener(Socket socket, PipeOptions receiving, int maxConnections, TimeProvider clock)
        : IConnectionListener
    {
        private readonly SemaphoreSlim _room = new(maxConnections);
        private readonly CancellationTokenSource _ended = new();

        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        /// <summary>Null once it was ended.</summary>
        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try { await _room.WaitAsync(_ended.Token); }
            catch (OperationCanceledException) { return null; }
            while (true)
            {
                try
                {
                    Socket client = await socket.AcceptAsync(cancellationToken);
                    return SocketConnection.Start(client, receiving, _room, clock);
                }
                catch (ObjectDisposedException) { return null; }
                catch (SocketException e) when (e.SocketErrorCode == SocketError.OperationAborted) { return null; }
                catch (SocketException e)
                {
                    // The client left while it waited in the backlog: the next one. Without descriptors: later.
                    if (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
                        await Task.Delay(s_pause, cancellationToken);
                }
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => DisposeAsync();

        public async ValueTask DisposeAsync()
        {
            await _ended.CancelAsync();
            socket.Dispose();
        }
    }
}
