using System;
using System.IO;
using System.Net;
using System.Threading;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slungd.Engine.Model;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>Kestrel on port 2078, made by hand: the web host's service container would cost 3 MB and 4 ms at start.
/// </summary>
internal sealed class HttpServer : IDisposable
{
    private const int Http2WindowBytes = 128 * 1024;

    /// <summary>A byte in a chunk of its own takes six on its way; some put extensions into chunks' heads.</summary>
    private const int MaxBytesOfChunkedByte = 8;

    private readonly KestrelServer _kestrel;

    private HttpServer(KestrelServer kestrel, IPEndPoint address)
    {
        _kestrel = kestrel;
        Address = address;
    }

    /// <summary>Where it listens, the chosen port included.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Listens and serves.</summary>
    /// <param name="address">Where.</param>
    /// <param name="door">Answers.</param>
    /// <param name="limits">Of heads, bodies, connections.</param>
    /// <param name="loggers">Kestrel's.</param>
    /// <param name="certificate">For TLS.</param>
    /// <param name="passed">Descriptor of a socket that was passed to the process and listens there already; null: it
    /// is bound.</param>
    /// <param name="isGrpc">HTTP/2 in clear, without an upgrade ("prior knowledge"), and nothing else.</param>
    /// <exception cref="IOException">The address can't be bound.</exception>
    public static HttpServer Start(IPEndPoint address, HttpDoor door, Limits limits, ILoggerFactory loggers,
        ServerCertificate? certificate = null, int? passed = null, bool isGrpc = false)
    {
        KestrelServerOptions options = new() { AddServerHeader = false, AllowSynchronousIO = false };
        options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(isGrpc ? 150 : 30); // exporters call once a minute
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Limits.MaxRequestHeadersTotalSize = limits.MaxHeadBytes;
        options.Limits.MaxRequestLineSize = limits.MaxHeadBytes;
        // Bodies are bounded by IncomingBody, in content and time.
        options.Limits.MaxRequestBodySize = (long)MaxBytesOfChunkedByte * IncomingBody.MaxPacked(limits.MaxBodyBytes);
        options.Limits.MinRequestBodyDataRate = null;
        int bufferBytes = Math.Max(limits.MaxHttpBufferBytes, limits.MaxHeadBytes);
        options.Limits.MaxRequestBufferSize = bufferBytes;
        options.Limits.Http2.InitialConnectionWindowSize = Http2WindowBytes;
        options.Limits.Http2.InitialStreamWindowSize = Http2WindowBytes;
        ListenOptions? listen = null;
        if (passed is { } descriptor) options.ListenHandle((ulong)descriptor, Configure);
        else options.Listen(address, Configure);
        SocketTransport transport = new(bufferBytes, Crowd.MostAccepted(limits), door.Clock);
        KestrelServer kestrel = new(Options.Create(options), transport, loggers);
        try { kestrel.StartAsync(door, CancellationToken.None).GetAwaiter().GetResult(); }
        catch
        {
            kestrel.Dispose();
            throw;
        }
        return new HttpServer(kestrel, listen?.IPEndPoint ?? address);

        void Configure(ListenOptions chosen)
        {
            listen = chosen;
            chosen.Use(next => new Crowd(limits, door, next).Serve);
            if (isGrpc) chosen.Protocols = HttpProtocols.Http2;
            if (certificate is not null) chosen.Use(next => new TlsMiddleware(certificate, next).Serve);
        }
    }

    /// <summary>Stops accepting and waits for the requests in flight, at most so long.</summary>
    public void Stop(TimeSpan patience)
    {
        using CancellationTokenSource enough = new(patience);
        _kestrel.StopAsync(enough.Token).GetAwaiter().GetResult();
    }

    public void Dispose() => _kestrel.Dispose();
}
