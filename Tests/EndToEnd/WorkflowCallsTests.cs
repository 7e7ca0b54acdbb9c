using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks;
using Slungd.Native.Os;
using Slungd.Tests.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What workflows of the published executable may call by HTTP. The guest ends with 0 when there is an answer.
/// </summary>
public class WorkflowCallsTests
{
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    [EndToEndFact]
    public async Task OnlyNamedHostsAreCalledAndNoRedirectIsFollowed()
    {
        using var elsewhere = new HttpHost(static _ => Answer);
        using var host = new HttpHost(request => request.Contains("/move", StringComparison.Ordinal)
            ? $"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{elsewhere.Port}/\r\nContent-Length: 0\r\n\r\n"
            : request.Contains("/big", StringComparison.Ordinal)
            ? $"HTTP/1.1 200 OK\r\nContent-Length: {2 << 20}\r\n\r\n{new string('x', 2 << 20)}" : Answer);
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        string root = $"http://127.0.0.1:{host.Port}", allowed = $$"""{"allow_hosts":["127.0.0.1:{{host.Port}}"]}""";
        await WorkflowApi.Put(daemon, "nobody", Guests.CallHttp(root + "/nobody"));
        await Patience.Until("refused", () => WorkflowApi.Counter(daemon, "nobody", "http_failed"), static n => n > 0);
        foreach (string name in new[] { "ok", "move", "big", "other" })
            await WorkflowApi.Configure(daemon, name, allowed);
        await WorkflowApi.Put(daemon, "ok", Guests.CallHttp(root + "/ok"));
        await WorkflowApi.UntilState(daemon, "ok", "ended");
        await WorkflowApi.Put(daemon, "move", Guests.CallHttp(root + "/move"));
        await WorkflowApi.Put(daemon, "big", Guests.CallHttp(root + "/big"));
        await WorkflowApi.Put(daemon, "other", Guests.CallHttp($"http://127.0.0.1:{elsewhere.Port}/"));
        foreach (string name in new[] { "move", "big", "other" })
        {
            await Patience.Until($"{name} fails", () => WorkflowApi.Counter(daemon, name, "failures"),
                static n => n > 0);
        }
        Assert.Contains("expected an answer of at most 1048576 bytes", (await WorkflowApi.Lines(daemon, "big"))[0]);
        Assert.Contains("is not in the workflow's allow_hosts", (await WorkflowApi.Lines(daemon, "other"))[0]);
        Assert.Contains("POST /ok HTTP/1.1", host.Requests);
        Assert.DoesNotContain("POST /nobody HTTP/1.1", host.Requests);
        Assert.Empty(elsewhere.Requests);
    }

    [EndToEndFact]
    public async Task TlsNeedsACertificateThatTheSystemTrusts()
    {
        if (!OpenSsl.IsThere) return;
        using var data = new DataFolder();
        using X509Certificate2 certificate = SelfSigned();
        string trusted = Path.Combine(data.Path, "trusted.pem");
        await File.WriteAllTextAsync(trusted, certificate.ExportCertificatePem());
        using var host = new HttpHost(static _ => Answer, certificate);
        foreach (bool isTrusted in new[] { false, true })
        {
            Dictionary<string, string> environment = isTrusted ? new() { ["SSL_CERT_FILE"] = trusted } : [];
            await using Daemon daemon = await Daemon.Start(data.Path, [], environment);
            await WorkflowApi.Configure(daemon, "caller", $$"""{"allow_hosts":["127.0.0.1:{{host.Port}}"]}""");
            await WorkflowApi.Put(daemon, "caller", Guests.CallHttp($"https://127.0.0.1:{host.Port}/"));
            if (isTrusted) await WorkflowApi.UntilState(daemon, "caller", "ended");
            else
            {
                await Patience.Until("a failure", () => WorkflowApi.Counter(daemon, "caller", "failures"),
                    static n => n > 0);
                Assert.Contains("certificate", (await WorkflowApi.Lines(daemon, "caller"))[0]);
                Assert.Empty(host.Requests);
            }
        }
        Assert.Equal(["POST / HTTP/1.1"], host.Requests.Distinct()); // the second daemon runs it from its folder, too
    }

    private static X509Certificate2 SelfSigned()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
