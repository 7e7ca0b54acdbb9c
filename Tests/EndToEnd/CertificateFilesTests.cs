using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What may stand in the files of --tls-cert and --tls-key, and how they may be replaced; clients that check
/// what they are shown, and old ones.</summary>
public sealed class CertificateFilesTests : IDisposable
{
    private readonly DataFolder _data = new();
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _middle;

    public CertificateFilesTests()
    {
        _root = Authority("root", null);
        _middle = Authority("middle", _root);
    }

    public void Dispose()
    {
        _data.Dispose();
        _root.Dispose();
        _middle.Dispose();
    }

    [EndToEndTheory]
    [InlineData("ec")]
    [InlineData("rsa")]
    public async Task ClientsThatTrustTheRootAreServed(string kind)
    {
        string certificate = _data.Path + "/own.pem", key = _data.Path + "/own.key";
        using AsymmetricAlgorithm own = KeyOf(kind);
        File.WriteAllText(key, own.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificate, Leaf(own, "localhost"));
        await using Daemon daemon = await Daemon.Start(_data.Path,
            ["--tls-cert", certificate, "--tls-key", key]);
        await daemon.Says("can be read or changed by others (mode 0644)"); // as the key's file was made
        using HttpClient client = new(Checking());
        Assert.Equal(HttpStatusCode.OK,
            (await client.GetAsync($"https://localhost:{daemon.SocketAddress.Port}/health")).StatusCode);
        using ClientWebSocket socket = new();
        using HttpMessageInvoker invoker = new(Checking());
        await socket.ConnectAsync(new Uri($"wss://localhost:{daemon.SocketAddress.Port}/"), invoker, default);
        Assert.Equal(WebSocketState.Open, socket.State);
    }

    /// <summary>Both ports, with a client that would speak anything: .NET's own refuses by itself.</summary>
    [EndToEndFact]
    public async Task OldVersionsAreRefused()
    {
        if (!Programs.Has("openssl")) return;
        (string certificate, string key) = Files("own");
        await using Daemon daemon = await Daemon.Start(_data.Path,
            ["--tls-cert", certificate, "--tls-key", key]);
        foreach (IPEndPoint address in (IPEndPoint[])[daemon.SocketAddress, daemon.HttpAddress!])
        {
            foreach ((string version, string told) in ((string, string)[])[("-tls1", "alert protocol version"),
                ("-tls1_1", "alert protocol version"), ("-tls1_2", "Protocol  : TLSv1.2"),
                ("-tls1_3", "TLSv1.3, Cipher is")])
            {
                ProcessResult said = await Executable.Run("openssl", ["s_client", "-connect", address.ToString(),
                    version, "-cipher", "ALL:@SECLEVEL=0"], "");
                Assert.Contains(told, said.Output + said.Error, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Kubernetes replaces the link to a directory that the paths go through; their own links stay.</summary>
    [EndToEndFact]
    public async Task FilesBehindLinksAreReadAgainWhileConnectionsAreOpen()
    {
        string mount = _data.Path + "/mount";
        Directory.CreateDirectory(mount);
        await Put("first");
        File.CreateSymbolicLink(mount + "/tls.crt", "..data/tls.crt");
        File.CreateSymbolicLink(mount + "/tls.key", "..data/tls.key");
        await using Daemon daemon = await Daemon.Start(_data.Path,
            ["--tls-cert", mount + "/tls.crt", "--tls-key", mount + "/tls.key"]);
        using ClientWebSocket socket = new();
        using HttpMessageInvoker invoker = new(Checking());
        await socket.ConnectAsync(new Uri($"wss://localhost:{daemon.SocketAddress.Port}/"), invoker, default);
        Assert.Equal("CN=first", await Shown(daemon));

        await Put("second", ofNobody: true);
        await Patience.Until("a look at the files", async () =>
        {
            await Shown(daemon);
            return daemon.Log;
        }, static log => log.Contains("certificate of before stays in force: --tls-key", StringComparison.Ordinal));
        Assert.Equal("CN=first", await Shown(daemon));
        await Put("third");
        await Patience.Until("the new certificate", () => Shown(daemon), static name => name == "CN=third");
        await socket.SendAsync(WireMessages.Event(1, 1, "cpu"), WebSocketMessageType.Binary, true, default);
        Task<int> stopped = daemon.Stop();
        WebSocketReceiveResult end = await socket.ReceiveAsync(new byte[64], default);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, end.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        Assert.Equal(0, await stopped);

        async Task Put(string name, bool ofNobody = false)
        {
            string folder = $"{mount}/..{name}";
            Directory.CreateDirectory(folder);
            (string certificate, string key) = Files(name);
            File.Move(certificate, folder + "/tls.crt");
            File.Move(key, folder + "/tls.key");
            if (ofNobody) File.WriteAllText(folder + "/tls.key", KeyOf("ec").ExportPkcs8PrivateKeyPem());
            await Executable.Run("ln", ["-sfn", ".." + name, mount + "/..data"]);
        }
    }

    [EndToEndTheory]
    [InlineData("encrypted", "--tls-key", "it is encrypted")]
    [InlineData("other", "--tls-key", "expected the private key of CN=own")]
    [InlineData("rsa", "--tls-key", "expected the private key of CN=own")]
    [InlineData("none", "--tls-key", "expected the private key of CN=own")]
    [InlineData("swapped", "--tls-cert", "expected certificates in PEM")]
    public async Task FilesThatDoNotFitAreNamed(string what, string option, string expected)
    {
        (string certificate, string key) = Files("own");
        using AsymmetricAlgorithm other = KeyOf(what == "rsa" ? "rsa" : "ec");
        if (what == "none") File.WriteAllText(key, "nothing\n");
        else if (what == "swapped") (certificate, key) = (key, certificate);
        else
        {
            PbeParameters parameters = new(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000);
            File.WriteAllText(key, what == "encrypted"
                ? other.ExportEncryptedPkcs8PrivateKeyPem("secret", parameters) : other.ExportPkcs8PrivateKeyPem());
        }
        ProcessResult refused = await Executable.Slungd([.. Daemon.WithPorts(["serve", "--data", _data.Path]),
            "--tls-cert", certificate, "--tls-key", key]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"{option} {(option == "--tls-cert" ? certificate : key)}: ", refused.Error,
            StringComparison.Ordinal);
        Assert.Contains(expected, refused.Error, StringComparison.Ordinal);
    }

    private static AsymmetricAlgorithm KeyOf(string kind) =>
        kind == "rsa" ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static CertificateRequest RequestOf(AsymmetricAlgorithm key, string name) => key is RSA rsa
        ? new CertificateRequest("CN=" + name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : new CertificateRequest("CN=" + name, (ECDsa)key, HashAlgorithmName.SHA256);

    private static X509Certificate2 Authority(string name, X509Certificate2? by)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = RequestOf(key, name);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (by is null) return request.CreateSelfSigned(now.AddDays(-2), now.AddDays(3));
        using X509Certificate2 bare = request.Create(by, now.AddDays(-1), now.AddDays(2), [1]);
        return bare.CopyWithPrivateKey(key);
    }

    /// <summary>The chain in PEM, own one first, without the root.</summary>
    private string Leaf(AsymmetricAlgorithm key, string name)
    {
        CertificateRequest request = RequestOf(key, name);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        X509SignatureGenerator signer = X509SignatureGenerator.CreateForECDsa(_middle.GetECDsaPrivateKey()!);
        using X509Certificate2 made = request.Create(_middle.SubjectName, signer, now.AddHours(-1), now.AddDays(1),
            Guid.NewGuid().ToByteArray());
        return new StringBuilder(made.ExportCertificatePem()).Append('\n').Append(_middle.ExportCertificatePem())
            .Append('\n').ToString();
    }

    private (string Certificate, string Key) Files(string name)
    {
        (string certificate, string file) = ($"{_data.Path}/{name}.pem", $"{_data.Path}/{name}.key");
        using AsymmetricAlgorithm key = KeyOf("ec");
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificate, Leaf(key, name));
        return (certificate, file);
    }

    /// <summary>Trusts the root and nobody else.</summary>
    private SocketsHttpHandler Checking()
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(_root);
        return new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = policy } };
    }

    private static async Task<string> Shown(Daemon daemon)
    {
        string subject = "";
        using HttpClient client = new(new SocketsHttpHandler
        {
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    subject = certificate!.Subject;
                    return true;
                },
            },
        });
        (await client.GetAsync($"https://localhost:{daemon.HttpAddress!.Port}/health")).Dispose();
        return subject;
    }
}
