using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.EndToEnd;

/// <summary>TLS on both ports, with the framework's clients and with our own commands.</summary>
public class TlsTests(ITestOutputHelper output)
{
    private const int Points = 200_000;

    [EndToEndFact]
    public async Task BothPortsSpeakTls()
    {
        using var data = new DataFolder();
        Paths paths = Paths.In(data, "first");
        await using Daemon daemon = await Daemon.Start(data.Path, paths.Options);
        using HttpClient client = Client();
        string http = $"https://{daemon.HttpAddress}", sockets = $"https://{daemon.SocketAddress}";
        foreach (Version version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            using HttpRequestMessage ask = new(HttpMethod.Get, http + "/ready")
            {
                Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using HttpResponseMessage answer = await client.SendAsync(ask);
            Assert.Equal((HttpStatusCode.OK, version), (answer.StatusCode, answer.Version));
        }

        using ClientWebSocket socket = new();
        socket.Options.AddSubProtocol("slung.v2");
        socket.Options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        await socket.ConnectAsync(new Uri($"wss://{daemon.SocketAddress}/"), CancellationToken.None);
        await Send(socket, WireMessages.DefineOf(1, "cpu"));
        var values = new double[Points];
        for (int i = 0; i < values.Length; i++) values[i] = i;
        await Send(socket, WireMessages.RegularOf(1, 0, 1, values));
        byte[] ack = new byte[9];
        while (BitConverter.ToInt64(ack, 1) < Points) await socket.ReceiveAsync(ack, CancellationToken.None);
        string query = Uri.EscapeDataString("SUM:cpu:[]");
        string sum = await client.GetStringAsync($"{http}/api/v1/dsl?q={query}");
        Assert.Contains("\"count\":200000", sum, StringComparison.Ordinal);
        Task<int> stopped = daemon.Stop();
        WebSocketReceiveResult end = await socket.ReceiveAsync(ack, CancellationToken.None);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, end.CloseStatus); // 1001 gets through TLS too
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        Assert.Equal(0, await stopped);
    }

    [EndToEndFact]
    public async Task PlainOldAndSilentClientsGetNothing()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data.Path, Paths.In(data, "first").Options);
        foreach (IPEndPoint address in (IPEndPoint[])[daemon.SocketAddress, daemon.HttpAddress!])
        {
            using Socket plain = new(SocketType.Stream, ProtocolType.Tcp);
            await plain.ConnectAsync(address);
            await plain.SendAsync(Encoding.ASCII.GetBytes("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            byte[] answer = new byte[1024];
            int got;
            try { got = await plain.ReceiveAsync(answer); }
            catch (SocketException) { got = 0; } // reset, which is as good
            Assert.DoesNotContain("HTTP/1.1 200", Encoding.ASCII.GetString(answer, 0, got), StringComparison.Ordinal);

            using TcpClient old = new();
            await old.ConnectAsync(address);
            using SslStream secure = new(old.GetStream(), false, static (_, _, _, _) => true);
#pragma warning disable SYSLIB0039, CA5397 // that is the point: too old
            SslClientAuthenticationOptions options = new()
            {
                TargetHost = "localhost", EnabledSslProtocols = SslProtocols.Tls11,
            };
#pragma warning restore SYSLIB0039, CA5397
            await Assert.ThrowsAnyAsync<Exception>(() => secure.AuthenticateAsClientAsync(options));
        }
    }

    /// <summary>Clients that begin a handshake and stop, and crowds that only sit there.</summary>
    [EndToEndFact]
    public async Task StalledHandshakesAndIdleCrowdsLeaveRoom()
    {
        const int Stalled = 200, Idle = 100;
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data.Path, Paths.In(data, "first").Options);
        using HttpClient client = Client();
        List<Socket> stalled = [];
        List<ClientWebSocket> idle = [];
        try
        {
            for (int i = 0; i < Stalled; i++)
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                stalled.Add(socket);
                await socket.ConnectAsync(i % 2 == 0 ? daemon.SocketAddress : daemon.HttpAddress!);
                await socket.SendAsync(new byte[] { 0x16, 3, 1, 2, 0 }.AsMemory(0, i % 6)); // of a ClientHello
            }
            Assert.Equal(HttpStatusCode.OK, await Ready());
            long before = daemon.ResidentBytes();
            for (int i = 0; i < Idle; i++)
            {
                ClientWebSocket socket = new();
                idle.Add(socket);
                socket.Options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
                await socket.ConnectAsync(new Uri($"wss://{daemon.SocketAddress}/"), CancellationToken.None);
            }
            long each = (daemon.ResidentBytes() - before) / Idle;
            output.WriteLine($"{each / 1024} KiB for each idle WebSocket over TLS");
            Assert.InRange(each, long.MinValue, 256 * 1024);
            Assert.Equal(HttpStatusCode.OK, await Ready());
            foreach (Socket socket in stalled) // given up after ten seconds
            {
                using CancellationTokenSource limit = new(Patience.Limit);
                byte[] got = new byte[64];
                try { while (await socket.ReceiveAsync(got, limit.Token) > 0) { } }
                catch (SocketException)
                {
                    // A reset is an end too.
                }
            }
            Assert.Equal(HttpStatusCode.OK, await Ready());
        }
        finally
        {
            foreach (Socket socket in stalled) socket.Dispose();
            foreach (ClientWebSocket socket in idle) socket.Dispose();
        }

        async Task<HttpStatusCode> Ready()
        {
            await Patience.Until("ready",
                async () => (await client.GetAsync($"https://{daemon.SocketAddress}/ready")).StatusCode,
                static status => status == HttpStatusCode.OK);
            return (await client.GetAsync($"https://{daemon.HttpAddress}/ready")).StatusCode;
        }
    }

    [EndToEndFact]
    public async Task ARenewedCertificateNeedsNoRestart()
    {
        using var data = new DataFolder();
        Paths paths = Paths.In(data, "first");
        await using Daemon daemon = await Daemon.Start(data.Path, paths.Options);
        Assert.Equal("CN=first", await Subject(daemon.SocketAddress));
        File.WriteAllText(paths.Certificate, "nonsense");
        await Patience.Until("a look at the files", async () =>
        {
            await Subject(daemon.HttpAddress!);
            return daemon.Log;
        }, static log => log.Contains("the certificate of before stays in force", StringComparison.Ordinal));
        Assert.Equal("CN=first", await Subject(daemon.SocketAddress));
        paths.Write("second");
        foreach (IPEndPoint address in (IPEndPoint[])[daemon.SocketAddress, daemon.HttpAddress!])
            await Patience.Until("the new certificate", () => Subject(address), static name => name == "CN=second");
    }

    [EndToEndFact]
    public async Task CommandsSpeakTlsWhenTheyKnowTheCertificate()
    {
        using var data = new DataFolder();
        Paths paths = Paths.In(data, "localhost");
        await using Daemon daemon = await Daemon.Start(data.Path, paths.Options);
        Dictionary<string, string> known = new()
        {
            ["SLUNGD_TLS_CERT"] = paths.Certificate, ["SLUNGD_LISTEN"] = daemon.SocketAddress.ToString(),
        };
        string[][] commands =
        [
            ["health"], ["send", "-"], ["query", "COUNT:cpu:[]"],
            ["query", "COUNT:cpu:[]", "--http", daemon.HttpAddress!.ToString()],
        ];
        foreach (string[] command in commands)
        {
            ProcessResult result = await Executable.Run(Binary.Path, command,
                "{\"series\":\"cpu\",\"timestamp\":1,\"value\":2}\n", known);
            Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: {result.Error}");
        }
        Paths other = Paths.In(data, "other");
        Dictionary<string, string> wrong = new(known) { ["SLUNGD_TLS_CERT"] = other.Certificate };
        ProcessResult refused = await Executable.Run(Binary.Path, ["query", "COUNT:cpu:[]"], environment: wrong);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("no TLS as", refused.Error, StringComparison.Ordinal);
        Assert.Contains("it shows another certificate", refused.Error, StringComparison.Ordinal);
        // The daemon is alive, though its files are replaced or broken by now: who restarts it harms.
        ProcessResult alive = await Executable.Run(Binary.Path, ["health"], environment: wrong);
        Assert.True(alive.ExitCode == 0, alive.Error);
    }

    [EndToEndFact]
    public async Task ACertificateWithoutItsKeyIsWrongUsage()
    {
        using var data = new DataFolder();
        Paths paths = Paths.In(data, "first"), other = Paths.In(data, "second");
        string[] serve = [.. Daemon.WithPorts(["serve", "--data", data.Path])];
        Assert.Equal(2, (await Executable.Slungd([.. serve, "--tls-cert", paths.Certificate])).ExitCode);
        string[] twoOf = ["--tls-cert", paths.Certificate, "--tls-key", other.Key];
        ProcessResult mixed = await Executable.Slungd([.. serve, .. twoOf]);
        Assert.Equal(1, mixed.ExitCode);
        Assert.Contains("--tls-key", mixed.Error, StringComparison.Ordinal);
    }

    private static Task Send(ClientWebSocket socket, byte[] message) =>
        socket.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);

    internal static HttpClient Client() => new(new SocketsHttpHandler
    {
        SslOptions = new() { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    });

    private static async Task<string> Subject(IPEndPoint address)
    {
        using TcpClient client = new();
        await client.ConnectAsync(address);
        using SslStream secure = new(client.GetStream(), false, static (_, _, _, _) => true);
        await secure.AuthenticateAsClientAsync("localhost");
        return secure.RemoteCertificate!.Subject;
    }

    /// <summary>A certificate that signs itself, and its key, in files.</summary>
    internal sealed record Paths(string Certificate, string Key)
    {
        public string[] Options => ["--tls-cert", Certificate, "--tls-key", Key];

        public static Paths In(DataFolder folder, string name)
        {
            Paths paths = new($"{folder.Path}/{name}.pem", $"{folder.Path}/{name}.key");
            paths.Write(name);
            return paths;
        }

        public void Write(string name)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new("CN=" + name, key, HashAlgorithmName.SHA256);
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(Certificate, made.ExportCertificatePem());
        }
    }
}
