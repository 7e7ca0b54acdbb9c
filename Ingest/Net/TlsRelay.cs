using System;
using System.Buffers;
using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Ingest.Net;

/// <summary>Carries bytes between a TLS stream and a plain socket, both ways, until both sides have ended: so that who
/// holds the plain socket's other end need not know of TLS. A side that ends is ended on the other side; one that
/// breaks ends both. An idle relay holds no buffer.</summary>
internal static class TlsRelay
{
    /// <summary>A TLS record holds no more (RFC 8446, section 5.1).</summary>
    private const int BufferBytes = 16 * 1024;

    /// <summary>Disposes both at the end; throws nothing.</summary>
    public static async Task Run(SslStream secure, Socket plain)
    {
        Task inwards = In(secure, plain), outwards = Out(plain, secure);
        try
        {
            await Task.WhenAny(inwards, outwards);
            if (inwards.IsFaulted || outwards.IsFaulted) plain.Dispose();
            if (outwards.IsFaulted) await secure.DisposeAsync();
            await Task.WhenAll(inwards, outwards);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException
            or InvalidOperationException)
        {
            // One of the two is gone, and with it the conversation.
        }
        plain.Dispose();
        await secure.DisposeAsync();
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

    private static async Task Out(Socket plain, SslStream secure)
    {
        while (true)
        {
            await plain.ReceiveAsync(Memory<byte>.Empty);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                int got = await plain.ReceiveAsync(buffer.AsMemory(0, BufferBytes));
                if (got == 0) break;
                await secure.WriteAsync(buffer.AsMemory(0, got));
            }
            finally { ArrayPool<byte>.Shared.Return(buffer); }
        }
        await secure.ShutdownAsync();
    }
}
