using System;
using System.IO;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using Microsoft.Extensions.Logging;
using Slungd.Ingest.Hosting.Metrics;
using Slungd.Ingest.Net;
using Slungd.Native.Os;

namespace Slungd.Ingest.Security;

/// <summary>The daemon's certificate (`--tls-cert`, `--tls-key`), read again when its files change: what is renewed
/// needs no restart. Files that don't fit leave the certificate of before in force. TLS 1.2 and 1.3. Any thread.
/// </summary>
internal sealed class ServerCertificate
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly string _certificatePath;
    private readonly string _keyPath;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Lock _reading = new();
    private volatile SslStreamCertificateContext _context;
    private (SecretFile, SecretFile) _stamp;
    private string? _trouble;
    private long _lookedAt;
    private long _failed; // handshakes
    private readonly LogLimiter _failedLog = new(intervalMs: 10_000);

    /// <exception cref="InvalidDataException">The files are no certificate with its key.</exception>
    public ServerCertificate(string certificatePath, string keyPath, TimeProvider clock, ILogger log)
    {
        _certificatePath = certificatePath;
        _keyPath = keyPath;
        _clock = clock;
        _log = log;
        _stamp = Stamp();
        _lookedAt = clock.GetTimestamp();
        _context = Read();
        SecretFile.WarnOfOthers(keyPath, log);
    }

    /// <summary>For one connection.</summary>
    /// <param name="protocols">What may be spoken inside (RFC 7301), best first; empty: whatever.</param>
    public SslServerAuthenticationOptions Options(params SslApplicationProtocol[] protocols)
    {
        Refresh();
        return OptionsOf(_context, protocols);
    }

    /// <summary>Counts a handshake that came to nothing, and says so in the log at a limited rate.</summary>
    /// <param name="peer">With whom.</param>
    /// <param name="cause">What went wrong; null: the client left, as probes of a port do, which is not worth a line.
    /// </param>
    public void NoteFailed(string? peer, Exception? cause)
    {
        Interlocked.Increment(ref _failed);
        long nowMs = (long)_clock.GetElapsedTime(0).TotalMilliseconds;
        if (cause is not null && _failedLog.MayLog(nowMs, 1, out long count))
            Log.HandshakesFailed(_log, count, peer ?? "?", TrialHandshake.Explain(cause));
    }

    public void WriteMetrics(PrometheusText text) => text.Counter("slungd_tls_handshakes_failed_total",
        "TLS handshakes that came to nothing.", Volatile.Read(ref _failed));

    private static SslServerAuthenticationOptions OptionsOf(SslStreamCertificateContext context,
        SslApplicationProtocol[] protocols) => new()
    {
        ServerCertificateContext = context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false, // of TLS 1.2: cheap to ask for, dear to answer
        ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols],
    };

    private void Refresh()
    {
        if (_clock.GetElapsedTime(Volatile.Read(ref _lookedAt)) < s_look || !_reading.TryEnter()) return;
        try
        {
            Volatile.Write(ref _lookedAt, _clock.GetTimestamp());
            (SecretFile, SecretFile) stamp = Stamp();
            if (stamp == _stamp) return;
            _context = Read();
            _stamp = stamp; // not before: two files can't be replaced at once
            _trouble = null;
            SecretFile.WarnOfOthers(_keyPath, _log);
            Log.CertificateRead(_log, _context.TargetCertificate.Subject, _context.TargetCertificate.NotAfter);
        }
        catch (InvalidDataException e)
        {
            if (_trouble != e.Message) Log.CertificateNotRead(_log, e.Message);
            _trouble = e.Message;
        }
        finally { _reading.Exit(); }
    }

    private (SecretFile, SecretFile) Stamp() => (SecretFile.At(_certificatePath), SecretFile.At(_keyPath));

    private SslStreamCertificateContext Read()
    {
        if (!OpenSsl.IsThere) throw new InvalidDataException("TLS needs libssl.so.3 of OpenSSL, which is not here");
        string at = $"--tls-cert {_certificatePath}: expected certificates in PEM, the daemon's own first";
        try
        {
            SecretFile.RequireRegular(_certificatePath);
            string certificates = File.ReadAllText(_certificatePath);
            using X509Certificate2 alone = X509Certificate2.CreateFromPem(certificates);
            X509Certificate2Collection chain = [];
            chain.ImportFromPem(certificates);
            at = $"--tls-key {_keyPath}: expected the private key of {alone.Subject} in {_certificatePath}, in PEM";
            SecretFile.RequireRegular(_keyPath);
            string key = File.ReadAllText(_keyPath);
            // PKCS #8 (RFC 7468, section 11), and what OpenSSL wrote before that (RFC 1421, section 4.6.1.1).
            if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
                throw new CryptographicException("it is encrypted; `openssl pkey` writes it without its password");
            X509Certificate2 own = X509Certificate2.CreateFromPem(certificates, key);
            var context = SslStreamCertificateContext.Create(own, chain, offline: true);
            at = $"--tls-cert {_certificatePath}: expected a certificate that clients can be served: RSA of 2048 bits "
                + "or more, or a curve such as P-256";
            if (TrialHandshake.Try(OptionsOf(context, [])) is { } refused) throw new CryptographicException(refused);
            return context;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{at}: {e.Message}");
        }
    }
}
