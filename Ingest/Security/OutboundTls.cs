using System;
using System.IO;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Slungd.Native.Os;

namespace Slungd.Ingest.Security;

/// <summary>TLS to another host. Its certificate must be in its name, and by somebody whom the system trusts; what the
/// certificate names is fetched from nowhere, since that would be a call to a host of its choice.</summary>
internal static class OutboundTls
{
    /// <param name="plain">Connected; the stream that is returned disposes it.</param>
    /// <param name="host">Its name.</param>
    /// <param name="cancellation">Ends the handshake.</param>
    /// <exception cref="AuthenticationException">The host is not who it should be, or there is no TLS here.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<Stream> Secure(Stream plain, string host, CancellationToken cancellation)
    {
        if (!OpenSsl.IsThere) throw new AuthenticationException("TLS needs libssl.so.3 of OpenSSL, which is not here");
        SslStream stream = new(plain);
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck,
                },
            }, cancellation);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>TLS to a daemon whose certificate is in a file: that one is trusted, or one that the system trusts for
    /// the host.</summary>
    /// <param name="plain">Connected; the stream that is returned disposes it.</param>
    /// <param name="host">Its name or address.</param>
    /// <param name="certificatePath">PEM; the first certificate counts. Null: any will do.</param>
    /// <exception cref="AuthenticationException">It is not who it should be.</exception>
    /// <exception cref="InvalidDataException">No certificate, or no TLS here.</exception>
    /// <exception cref="IOException">The connection broke, or the file can't be read.</exception>
    public static SslStream SecureDaemon(Stream plain, string host, string? certificatePath)
    {
        if (!OpenSsl.IsThere) throw new InvalidDataException("TLS needs libssl.so.3 of OpenSSL, which is not here");
        byte[]? trusted = certificatePath is null ? null : ReadCertificate(certificatePath);
        bool isOther = false;
        SslStream stream = new(plain);
        try
        {
            stream.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                RemoteCertificateValidationCallback = (_, shown, _, errors) =>
                {
                    isOther = trusted is not null && errors != SslPolicyErrors.None
                        && shown?.GetRawCertData().AsSpan().SequenceEqual(trusted) != true;
                    return !isOther;
                },
                CertificateChainPolicy = new X509ChainPolicy
                {
                    DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck,
                },
            });
            return stream;
        }
        catch (AuthenticationException) when (isOther)
        {
            throw new AuthenticationException("it shows another certificate, and none that this system trusts");
        }
    }

    private static byte[] ReadCertificate(string path)
    {
        try
        {
            using X509Certificate2 own = X509Certificate2.CreateFromPem(File.ReadAllText(path));
            return own.RawData;
        }
        catch (Exception e) when (e is CryptographicException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: {e.Message}");
        }
    }
}
