using System;
using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Ingest.Net;

/// <summary>Carries bytes between a TLS stream and a plain socket, both ways, until both sides have ended: so that who
/// holds the plain socket's other end need not know of TLS. A side that ends is ended on the other side; one that
/// breaks ends both. An idle relay holds no buffer. A peer that does not read, or does not end when it is told that
/// all is said, is left alone after a while: nothing else would ever free its place.</summary>
/// <param name="sendTimeout">For a peer to take one record.</param>
/// <param name="closeTimeout">For a peer to end after we have.</param>
internal sealed class TlsRelay(TimeSpan sendTimeout, TimeSpan closeTimeout)
{
    /// <summary>A TLS record holds no more (RFC 8446, section 5.1).</summary>
    private const int BufferBytes = 16 * 1024;

    /// <summary>Disposes both at the end; throws nothing.</summary>
    public async Task Run(SslStream secure, Socket plain)
    {
        Task inwards = In(secure, plain), outwards = Out(plain, secure);
        await Task.WhenAny(inwards, outwards);
        if (inwards.IsFaulted) plain.Dispose();
        await outwards.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (outwards.IsCompletedSuccessfully)
            await inwards.WaitAsync(closeTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        plain.Dispose();
        await secure.DisposeAsync();
        await inwards.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it has nothing to read any more
    }

    private static async Task In(SslStream secure, Socket plain)
    {
        while (true)
        {
            _ = await secure.ReadAsync(Memory<byte>.Empty); // waits without a buffer
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                int got = await secure.ReadAsync(buffer.AsMemory(0, BufferBytes));
                if (got == 0) break;
                for (int sent = 0; sent < got;) sent += await plain.SendAsync(buffer.AsMemory(sent, got - sent));
            }
            finally { ArrayPool<byte>.Shared.Return(buffer); }
        }
        plain.Shutdown(SocketShutdown.Send);
    }

    private async Task Out(Socket plain, SslStream secure)
    {
        using CancellationTokenSource enough = new();
        while (true)
        {
            await plain.ReceiveAsync(Memory<byte>.Empty);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                int got = await plain.ReceiveAsync(buffer.AsMemory(0, BufferBytes));
                if (got == 0) break;
                enough.CancelAfter(sendTimeout);
                await secure.WriteAsync(buffer.AsMemory(0, got), enough.Token);
                enough.CancelAfter(Timeout.InfiniteTimeSpan);
            }
            finally { ArrayPool<byte>.Shared.Return(buffer); }
        }
        await secure.ShutdownAsync().WaitAsync(sendTimeout);
    }
}
