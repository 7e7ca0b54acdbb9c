using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Tokens, right and wrong, shown in every way and in requests that are none, to a daemon that tells
/// everything: no log line, metric, flag or error has them.</summary>
public class SecretsTests
{
    [EndToEndTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NothingThatIsSaidHasASecret(bool isTls)
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string[] tokens =
            [await Create(file, "ops", "admin"), await Create(file, "panel", "read"), "no-such-token-at-all"];
        List<string> options = ["--tokens", file, "--log-level", "trace"];
        List<string> secrets = [];
        if (isTls)
        {
            TlsTests.Paths paths = TlsTests.Paths.In(data, "localhost");
            options.AddRange(paths.Options);
            secrets.Add(File.ReadAllLines(paths.Key)[1]);
        }
        StringBuilder said = new();
        await using Daemon daemon = await Daemon.Start(data.Path, [.. options]);
        foreach (string token in tokens)
        {
            string coded = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(token));
            string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes("me:" + token));
            secrets.AddRange([token, coded, basic.TrimEnd('=')]);
            foreach (string request in Requests(token, coded, basic))
            {
                said.Append(await Say(daemon.HttpAddress!, isTls, request));
                said.Append(await Say(daemon.SocketAddress, isTls, request));
            }
        }
        Assert.Contains("\"log-level\":\"trace\"", said.ToString()); // there were answers, and good ones
        Assert.Contains("slungd_denied_total ", said.ToString());
        Assert.Contains("HTTP/1.1 101 ", said.ToString());
        Assert.Equal(0, await daemon.Stop());
        await daemon.Says("audit: ops (");
        await daemon.Says("without the right token");
        foreach (string secret in secrets)
        {
            Assert.DoesNotContain(secret, daemon.Log, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, said.ToString(), StringComparison.Ordinal);
            foreach (string stored in Directory.EnumerateFiles(data.Path, "*", SearchOption.AllDirectories))
            {
                if (!stored.EndsWith(".key", StringComparison.Ordinal))
                    Assert.DoesNotContain(secret, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(stored)));
            }
        }
    }

    private static IEnumerable<string> Requests(string token, string coded, string basic)
    {
        (string Line, string Field)[] rows =
        [
            ("GET /api/v1/status/flags", "Authorization: Bearer " + token),
            ("GET /api/v1/status/config", "Authorization: Token " + token),
            ("GET /metrics", "Authorization: Basic " + basic), ("GET /metrics", "Authorization: Bearer " + token),
            ("GET /api/v1/query?query=up&u=me&p=" + token, "X: x"), ("GET /api/v1/query?query=(&p=" + token, "X: x"),
            ("POST /api/v1/admin/tsdb/flush?P=" + token, "Content-Length: 0"),
            ("POST /api/v1/admin/tsdb/flush?u=me&p=" + token, "Content-Length: 0"),
            ("POST /api/v1/admin/tsdb/flush", "Content-Length: 0\r\nAuthorization: Bearer " + token),
            ("POST /write?p=" + token, "Content-Length: 0\r\nContent-Encoding: gzip"),
            ("GET /metrics?u=me&p=" + token, "X: x"),
            ("GET /?u=me&p=" + token, "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Version: 13"),
            ("GET /nothing?p=" + token, "X: x"), ("PUT /api/v1/query?p=" + token, "Content-Length: 0"),
            ("GET /", "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
                + "\r\nSec-WebSocket-Protocol: slung.v2, slung.token." + coded),
        ];
        foreach ((string line, string field) in rows)
        {
            string connection = field.StartsWith("Upgrade", StringComparison.Ordinal) ? "upgrade, close" : "close";
            yield return $"{line} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n{field}\r\n\r\n";
        }
        // Heads that are none.
        yield return $"GET /metrics?p={token} HTTP/9.9\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        yield return $"GET /metrics?p={token}\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        yield return $"{token} /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        yield return $"GET /metrics?p={token}\0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        const string Head = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        yield return $"{Head}Authorization Bearer {token}\r\n\r\n";
        yield return $"{Head}Authorization: Bearer {token}\u0001\r\n\r\n";
        yield return $"GET /metrics HTTP/1.1\r\nHost: localhost:{token}\r\nConnection: close\r\n\r\n";
        yield return $"POST /write HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {token}\r\n\r\n";
    }

    /// <summary>What is answered to a request; a WebSocket is left at once.</summary>
    private static async Task<string> Say(IPEndPoint address, bool isTls, string request)
    {
        using CancellationTokenSource limit = new(Patience.Limit);
        using TcpClient client = new();
        await client.ConnectAsync(address, limit.Token);
        Stream stream = client.GetStream();
        if (isTls)
        {
            SslStream secure = new(stream, false, static (_, _, _, _) => true);
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions(), limit.Token);
            stream = secure;
        }
        await using Stream closing = stream;
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), limit.Token);
        StringBuilder answer = new();
        byte[] bytes = new byte[16_384];
        try
        {
            while (true)
            {
                int got = await stream.ReadAsync(bytes, limit.Token);
                answer.Append(Encoding.Latin1.GetString(bytes, 0, got));
                if (got == 0 || answer.ToString().StartsWith("HTTP/1.1 101", StringComparison.Ordinal)) break;
            }
        }
        catch (IOException)
        {
            // Closed before everything was read, as it may be.
        }
        return answer.ToString();
    }

    private static async Task<string> Create(string file, string name, string scope)
    {
        ProcessResult made =
            await Executable.Slungd("token", "create", name, "--scope", scope, "--tokens", file);
        Assert.True(made.ExitCode == 0, made.Error);
        return made.Output.Trim();
    }
}
