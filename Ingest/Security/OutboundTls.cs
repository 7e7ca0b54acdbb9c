using System.IO;
using System.Net.Security;
using System.Security.Authentication;
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
}
