using System;
using System.Buffers;
using System.IO;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Ingest.Hosting.Metrics;
using Slungd.Ingest.Security;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Ingest.Http;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Security;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly DataFolder _data = new();
    private readonly ManualClock _clock = new();
    private readonly CollectedLog _log = new();

    private string Certificate => _data.Path + "/own.pem";

    private string Key => _data.Path + "/own.key";

    public void Dispose()
    {
        _data.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("rsa 2048", true)]
    [InlineData("nistP256", true)]
    [InlineData("nistP384", true)]
    [InlineData("rsa 512", false)]
    [InlineData("secP256k1", false)]
    public void WhatOpenSslWillNotServeIsRefused(string kind, bool isServed)
    {
        if (!OperatingSystem.IsLinux()) return; // other systems have other rules
        Put(kind);
        if (isServed) Assert.NotNull(new ServerCertificate(Certificate, Key, _clock, NullLogger.Instance).Options());
        else
        {
            InvalidDataException refused = Assert.Throws<InvalidDataException>(() =>
                new ServerCertificate(Certificate, Key, _clock, NullLogger.Instance));
            Assert.StartsWith($"--tls-cert {Certificate}: expected a certificate that clients can be served",
                refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TheOneOfBeforeStaysInForce()
    {
        if (!OperatingSystem.IsLinux()) return;
        Put("nistP256");
        ServerCertificate certificate = new(Certificate, Key, _clock, _log);
        X509Certificate2 before = certificate.Options().ServerCertificateContext!.TargetCertificate;
        Put("rsa 512");
        _clock.Move(TimeSpan.FromSeconds(2));
        Assert.Same(before, certificate.Options().ServerCertificateContext!.TargetCertificate);
        Assert.Contains(_log.Lines, static line =>
            line.Contains("certificate of before stays in force: --tls-cert", StringComparison.Ordinal));
        File.Delete(Key);
        Directory.CreateDirectory(Key);
        _clock.Move(TimeSpan.FromSeconds(2));
        Assert.Same(before, certificate.Options().ServerCertificateContext!.TargetCertificate);
        Assert.Contains(_log.Lines, static line =>
            line.Contains("expected a regular file", StringComparison.Ordinal));
    }

    [Fact]
    public void FailedHandshakesAreCountedAndSaidAtALimitedRate()
    {
        if (!OperatingSystem.IsLinux()) return;
        Put("nistP256");
        ServerCertificate certificate = new(Certificate, Key, _clock, _log);
        _log.Lines.Clear();
        AuthenticationException cause = new("see inner", new CryptographicException("no shared cipher"));
        certificate.NoteFailed("10.0.0.1:5", null); // left without a word
        for (int i = 0; i < 3; i++) certificate.NoteFailed("10.0.0.1:5", cause);
        Assert.Contains("1 TLS handshakes failed, the last with 10.0.0.1:5: no shared cipher",
            Assert.Single(_log.Lines), StringComparison.Ordinal);
        _clock.Move(TimeSpan.FromSeconds(11));
        certificate.NoteFailed("10.0.0.2:6", cause);
        Assert.Contains(_log.Lines, static line => line.StartsWith("3 TLS", StringComparison.Ordinal));
        ArrayBufferWriter<byte> page = new();
        certificate.WriteMetrics(new PrometheusText(page));
        Assert.Contains("\nslungd_tls_handshakes_failed_total 5\n", Encoding.UTF8.GetString(page.WrittenSpan),
            StringComparison.Ordinal);
    }

    private void Put(string kind)
    {
        using AsymmetricAlgorithm key = kind.StartsWith("rsa ", StringComparison.Ordinal)
            ? RSA.Create(int.Parse(kind.AsSpan(4)))
            : ECDsa.Create(ECCurve.CreateFromFriendlyName(kind));
        CertificateRequest request = key is RSA rsa
            ? new("CN=own", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new("CN=own", (ECDsa)key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Certificate, made.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }
}
