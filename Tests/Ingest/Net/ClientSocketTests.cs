using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Slungd.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>A daemon that hangs: the kernel takes connections for it, and nobody answers.</summary>
public sealed class ClientSocketTests : IDisposable
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(50);

    private readonly TcpListener _hanging = new(IPAddress.Loopback, 0);

    public ClientSocketTests() => _hanging.Start();

    private IPEndPoint Address => (IPEndPoint)_hanging.LocalEndpoint;

    public void Dispose() => _hanging.Dispose();

    [Fact]
    public void AnUpgradeThatIsNotAnsweredIsTold()
    {
        WebSocketException silent = Assert.Throws<WebSocketException>(
            () => WebSocketClient.Connect(Address, new WebSocketClientOptions { Timeout = s_short }));
        Assert.Equal($"{Address}: no answer in time", silent.Message);
    }

    [Fact]
    public void AHandshakeThatIsNotAnsweredIsTold()
    {
        string file = Path.GetTempFileName();
        try
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
            using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch,
                DateTimeOffset.UnixEpoch.AddYears(200));
            File.WriteAllText(file, certificate.ExportCertificatePem());
            SocketException silent = Assert.Throws<SocketException>(
                () => ClientSocket.Connect(Address, new ClientTls(file), s_short));
            Assert.Equal(SocketError.TimedOut, silent.SocketErrorCode);
        }
        finally { File.Delete(file); }
    }

    [Fact]
    public void ASendThatMakesNoProgressFails()
    {
        using Socket socket = ClientSocket.Connect(Address, null, s_short);
        Assert.Throws<SocketException>(() => SendFor(socket, long.MaxValue));
    }

    private static void SendFor(Socket socket, long bytes)
    {
        byte[] much = new byte[64 * 1024];
        for (; bytes > 0; bytes -= much.Length) socket.Send(much);
    }
}
