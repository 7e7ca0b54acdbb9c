using System;
using System.IO;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Http.Features;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>TLS under Kestrel. Its own needs the web host's service container, which we do without.</summary>
internal sealed class TlsMiddleware(ServerCertificate certificate, ConnectionDelegate next)
{
    private static readonly TimeSpan s_handshake = TimeSpan.FromSeconds(10); // design, section 10

    /// <summary>Serves one connection to its end.</summary>
    public async Task Serve(ConnectionContext context)
    {
        IDuplexPipe plain = context.Transport;
        await using SslStream secure = new(new DuplexStream(plain.Input, plain.Output));
        using (CancellationTokenSource enough =
            CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed))
        {
            enough.CancelAfter(s_handshake);
            SslServerAuthenticationOptions options =
                certificate.Options(SslApplicationProtocol.Http2, SslApplicationProtocol.Http11);
            try { await secure.AuthenticateAsServerAsync(options, enough.Token); }
            catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException
                or InvalidOperationException)
            {
                // Most likely the client's business: a scan, plain HTTP, an old version.
                bool hasLeft = e is IOException || context.ConnectionClosed.IsCancellationRequested;
                certificate.NoteFailed(context.RemoteEndPoint?.ToString(), hasLeft ? null : e);
                return;
            }
        }
        Encrypted features = new(secure.NegotiatedApplicationProtocol);
        context.Features.Set<ITlsConnectionFeature>(features);
        context.Features.Set<ITlsApplicationProtocolFeature>(features);
        StreamPipeReaderOptions reading = new(leaveOpen: true, useZeroByteReads: true);
        Duplex pipe = new(PipeReader.Create(secure, reading), PipeWriter.Create(secure, new(leaveOpen: true)));
        context.Transport = pipe;
        try { await next(context); }
        finally
        {
            await pipe.Input.CompleteAsync();
            await pipe.Output.CompleteAsync();
            context.Transport = plain;
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>What tells Kestrel that the connection is encrypted, and what is spoken on it.</summary>
    private sealed class Encrypted(SslApplicationProtocol protocol) : ITlsConnectionFeature,
        ITlsApplicationProtocolFeature
    {
        public X509Certificate2? ClientCertificate { get; set; }

        public ReadOnlyMemory<byte> ApplicationProtocol => protocol.Protocol;

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult(ClientCertificate);
    }
}
