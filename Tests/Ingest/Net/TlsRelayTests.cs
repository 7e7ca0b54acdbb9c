using System;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Tasks;
using Slungd.Ingest.Net;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>Peers that hold their place for nothing lose it.</summary>
public sealed class TlsRelayTests : IDisposable
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(50), s_long = TimeSpan.FromSeconds(60);

    private readonly X509Certificate2 _certificate = Create();

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task APeerThatStaysAfterTheEndIsLeft()
    {
        (SslStream client, Socket loop, Task relay) = await Start(new TlsRelay(s_long, s_short));
        await loop.SendAsync(Encoding.ASCII.GetBytes("bye"));
        loop.Dispose();
        byte[] got = new byte[8];
        Assert.Equal(3, await client.ReadAtLeastAsync(got, 3));
        Assert.Equal(0, await client.ReadAsync(got)); // told properly; the client stays all the same
        await relay.WaitAsync(s_long);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task APeerThatReadsNothingIsLeft()
    {
        (SslStream client, Socket loop, Task relay) = await Start(new TlsRelay(s_short, s_long));
        byte[] much = new byte[64 * 1024];
        try
        {
            while (!relay.IsCompleted) await loop.SendAsync(much);
        }
        catch (SocketException)
        {
            // The relay has given its side up, as it should.
        }
        await relay.WaitAsync(s_long);
        loop.Dispose();
        await client.DisposeAsync();
    }

    /// <summary>A relay between a client and what a loop would hold.</summary>
    private async Task<(SslStream Client, Socket Loop, Task Relay)> Start(TlsRelay relay)
    {
        (Socket server, Socket client) = LocalSockets.CreatePair();
        (Socket ours, Socket loop) = LocalSockets.CreatePair();
        SslStream secure = new(new NetworkStream(server, ownsSocket: true));
        SslStream peer = new(new NetworkStream(client, ownsSocket: true), false, static (_, _, _, _) => true);
        Task handshake = secure.AuthenticateAsServerAsync(_certificate);
        await peer.AuthenticateAsClientAsync("localhost");
        await handshake;
        return (peer, loop, relay.Run(secure, ours));
    }

    private static X509Certificate2 Create()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
