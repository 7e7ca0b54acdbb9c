using System;
using System.IO;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks;

namespace Slungd.Ingest.Security;

/// <summary>A TLS handshake with ourselves, in memory: a certificate that OpenSSL takes from its file and will not
/// serve (short keys, odd curves, old hashes) shows itself here, and not with the first client.</summary>
internal static class TrialHandshake
{
    /// <summary>So that nothing waits for a thread: each side's bytes are read where they are written.</summary>
    private static readonly PipeOptions s_inline = new(readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false);

    /// <returns>Why clients can't connect; null when those can that speak what this machine's OpenSSL speaks.</returns>
    public static string? Try(SslServerAuthenticationOptions served)
    {
        Pipe up = new(s_inline), down = new(s_inline);
        using SslStream server = new(new DuplexStream(up.Reader, down.Writer));
        using SslStream client = new(new DuplexStream(down.Reader, up.Writer));
        Task<Exception?> serving = Finish(server.AuthenticateAsServerAsync(served), down.Writer);
        Task<Exception?> asking = Finish(client.AuthenticateAsClientAsync(Client()), up.Writer);
        // Of the two it is the server who knows the cause.
        Exception? cause = serving.GetAwaiter().GetResult() ?? asking.GetAwaiter().GetResult();
        return cause is null ? null : Explain(cause);
    }

    /// <summary>The words of OpenSSL, or whoever began it.</summary>
    public static string Explain(Exception cause)
    {
        while (cause.InnerException is { } inner) cause = inner;
        return cause is OperationCanceledException ? "it took too long" : cause.Message;
    }

    /// <summary>Whoever fails ends what the other one reads.</summary>
    private static async Task<Exception?> Finish(Task handshake, PipeWriter to)
    {
        try
        {
            await handshake.ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or InvalidOperationException)
        {
            await to.CompleteAsync().ConfigureAwait(false);
            return e;
        }
        catch // whoever looks at the answer gets it, but not before the other side has ended
        {
            await to.CompleteAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Trusts anybody, and looks for nobody's certificates on the disk or in the net.</summary>
    private static SslClientAuthenticationOptions Client() => new()
    {
        TargetHost = "localhost",
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };
}
