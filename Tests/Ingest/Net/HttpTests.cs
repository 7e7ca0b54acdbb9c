using System;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Net;
using Slungd.Ingest.Security;
using Slungd.Tests.EndToEnd;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>The table of design section 4, row by row, and what RFC 9112 adds.</summary>
public sealed class HttpTests : IDisposable
{
    private const string UseWebSocket =
        """{"status":"error","info":"use websocket binary frames to stream data"}""";

    private readonly ServerFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, UseWebSocket)]
    [InlineData("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "")]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 400, UseWebSocket)]
    [InlineData("GET /?x=1 HTTP/1.0\r\n\r\n", 400, UseWebSocket)]
    [InlineData("GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, UseWebSocket)]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, null)]
    [InlineData("PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, null)]
    [InlineData("POST /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, null)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, null)]
    [InlineData("GET /Health HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, null)]
    [InlineData("GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 400, null)]
    [InlineData("nonsense\r\n\r\n", 400, null)]
    [InlineData("\u0016\u0003\u0001\u0002", 400, null)]
    public void Answers_and_closes(string request, int status, string? body)
    {
        using RawClient client = _fixture.Connect();
        client.Send(request);
        string head = client.ReadHead();
        Assert.StartsWith($"HTTP/1.1 {status} ", head);
        Assert.Contains("Content-Type: application/json\r\n", head);
        Assert.Contains(HttpAnswer.SecurityFields, head);
        Assert.Contains("Connection: close\r\n", head);
        string got = request.StartsWith("HEAD", StringComparison.Ordinal) ? "" : ReadBody(client, head);
        if (body is not null) Assert.Equal(body, got);
        Assert.True(client.ReadEnd());
    }

    [Theory]
    [InlineData("/health", "application/json", """{"status":"ok"}""")]
    [InlineData("/ready", "application/json", """{"status":"ready"}""")]
    [InlineData("/metrics", "text/plain; version=0.0.4; charset=utf-8", "up 1\n")]
    public void Probes_are_answered_again_and_again(string path, string type, string body)
    {
        using RawClient client = _fixture.Connect();
        for (int i = 0; i < 3; i++)
        {
            client.Send($"GET {path}?x HTTP/1.1\r\nHost: localhost:2077\r\nUser-Agent: kube-probe/1.31\r\n\r\n");
            string head = client.ReadHead();
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", head);
            Assert.Contains($"Content-Type: {type}\r\n", head);
            Assert.Contains("Connection: keep-alive\r\n", head);
            Assert.Equal(body, ReadBody(client, head));
        }
        client.Send($"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        string last = client.ReadHead();
        Assert.Contains($"Content-Length: {body.Length}\r\n", last);
        Assert.Contains("Connection: close\r\n", last);
        Assert.True(client.ReadEnd());
    }

    [Fact]
    public void A_probe_of_HTTP_1_0_closes()
    {
        using RawClient client = _fixture.Connect();
        client.Send("GET /health HTTP/1.0\r\n\r\n");
        Assert.Contains("Connection: close\r\n", client.ReadHead());
        client.Read("""{"status":"ok"}""".Length);
        Assert.True(client.ReadEnd());
    }

    [Fact]
    public void Of_a_pipeline_the_first_request_is_answered()
    {
        using RawClient client = _fixture.Connect();
        client.Send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        string head = client.ReadHead();
        Assert.Contains("Connection: close\r\n", head);
        ReadBody(client, head);
        Assert.True(client.ReadEnd());
    }

    [Fact]
    public void Not_ready_is_503()
    {
        _fixture.Sink.State = SinkState.DiskShort;
        using RawClient client = _fixture.Connect();
        client.Send("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 503 ", client.ReadHead());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("slung.v2", "slung.v2")]
    [InlineData("chat, slung.v2, superchat", "slung.v2")]
    [InlineData("chat, SLUNG.V2", null)]
    [InlineData("slung.v3", null)]
    public void The_upgrade_chooses_slung_v2_and_never_an_extension(string? offered, string? chosen)
    {
        using RawClient client = _fixture.Connect();
        client.Send(RawClient.UpgradeRequest(offered,
            extra: "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"));
        string head = client.ReadHead();
        Assert.StartsWith("HTTP/1.1 101 ", head);
        Assert.Contains("Upgrade: websocket\r\n", head);
        Assert.Contains("Connection: Upgrade\r\n", head);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", head);
        Assert.DoesNotContain("Extensions", head);
        if (chosen is null) Assert.DoesNotContain("Sec-WebSocket-Protocol", head);
        else Assert.Contains($"Sec-WebSocket-Protocol: {chosen}\r\n", head);
    }

    [Theory]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Sec-WebSocket-Version: 8\r\n", 426)]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 426)]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", 400)]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: short\r\n", 400)]
    [InlineData("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400)]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400)]
    public void An_upgrade_that_is_none_is_refused(string fields, int status)
    {
        using RawClient client = _fixture.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
        string head = client.ReadHead();
        Assert.StartsWith($"HTTP/1.1 {status} ", head);
        if (status == 426) Assert.Contains("Sec-WebSocket-Version: 13\r\n", head);
    }

    [Theory]
    [InlineData("evil.example", "", "--allow-host")]
    [InlineData("localhost", "Origin: http://evil.example\r\n", "--allow-origin")]
    [InlineData("localhost:2077", "Origin: http://localhost:3000\r\n", "--allow-origin")]
    public void Foreign_pages_and_names_are_refused(string host, string extra, string option)
    {
        using (RawClient client = _fixture.Connect())
        {
            client.Send(RawClient.UpgradeRequest(host: host, extra: extra));
            AssertRefused(client, option);
        }
        using RawClient probe = _fixture.Connect();
        probe.Send($"GET /health HTTP/1.1\r\nHost: {host}\r\n{extra}\r\n");
        AssertRefused(probe, option);
    }

    [Fact]
    public void Allowed_pages_and_names_come_in()
    {
        var policy = new OriginPolicy(["https://app.example"], ["gateway.lan"]);
        using var fixture = new ServerFixture(o => o with { Origins = policy });
        using RawClient client = fixture.Connect();
        client.Send(RawClient.UpgradeRequest(host: "gateway.lan:2077", extra: "Origin: https://app.example\r\n"));
        Assert.StartsWith("HTTP/1.1 101 ", client.ReadHead());
    }

    [Fact]
    public void During_recovery_probes_work_and_upgrades_wait()
    {
        _fixture.Sink.State = SinkState.Recovering;
        using (RawClient client = _fixture.Connect())
        {
            client.Send(RawClient.UpgradeRequest());
            string head = client.ReadHead();
            Assert.StartsWith("HTTP/1.1 503 ", head);
            Assert.Contains("Retry-After: 1\r\n", head);
        }
        using (RawClient client = _fixture.Connect())
        {
            client.Send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", client.ReadHead());
        }
        _fixture.Sink.State = SinkState.Ready;
        using RawClient late = _fixture.Open();
    }

    [Fact]
    public void A_head_of_64_KiB_is_read_and_a_larger_one_is_431()
    {
        string padding = "X: " + new string('x', 1000) + "\r\n";
        string start = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
        var head = new StringBuilder(start);
        while (head.Length + padding.Length + 2 <= 65_536) head.Append(padding);
        head.Append("Y:").Append('y', 65_536 - head.Length - 4).Append("\r\n\r\n");
        Assert.Equal(65_536, head.Length);
        using (RawClient client = _fixture.Connect())
        {
            client.Send(head.ToString());
            Assert.StartsWith("HTTP/1.1 200 ", client.ReadHead());
        }
        using (RawClient client = _fixture.Connect())
        {
            client.Send(head.ToString().Replace("Y:", "Y:y"));
            Assert.StartsWith("HTTP/1.1 431 ", client.ReadHead());
        }
        using RawClient endless = _fixture.Connect();
        endless.Send(start);
        for (int i = 0; i < 66; i++) endless.Send(padding); // no end in sight
        Assert.StartsWith("HTTP/1.1 431 ", endless.ReadHead());
    }

    [Fact]
    public void A_head_that_dawdles_is_given_up_after_ten_seconds()
    {
        using RawClient silent = _fixture.Connect();
        using RawClient slow = _fixture.Connect();
        slow.Send("GET /hea");
        WaitFor(() => _fixture.Sum(static c => c.BytesReceived) == 8 && _fixture.Sum(static c => c.Open) == 2);
        _fixture.Pass(9.5);
        slow.Send("lth");
        WaitFor(() => _fixture.Sum(static c => c.BytesReceived) == 11);
        _fixture.Pass(1);
        Assert.StartsWith("HTTP/1.1 408 ", slow.ReadHead());
        Assert.True(silent.ReadEnd());
    }

    [Fact]
    public void An_idle_connection_is_closed_after_thirty_seconds()
    {
        using RawClient client = _fixture.Connect();
        client.Send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        ReadBody(client, client.ReadHead());
        _fixture.Pass(29);
        client.Send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        ReadBody(client, client.ReadHead());
        _fixture.Pass(31);
        Assert.True(client.ReadEnd());
    }

    [Fact]
    public void A_full_door_refuses_upgrades_politely_and_still_answers_probes()
    {
        using var fixture = new ServerFixture(static o => o with { Limits = o.Limits with { MaxConnections = 3 } });
        using RawClient first = fixture.Open();
        using RawClient second = fixture.Open();
        using RawClient third = fixture.Open();
        using (RawClient client = fixture.Connect())
        {
            client.Send(RawClient.UpgradeRequest());
            string head = client.ReadHead();
            Assert.StartsWith("HTTP/1.1 503 ", head);
            Assert.Contains("Retry-After:", head);
            Assert.Contains("too many connections", ReadBody(client, head));
        }
        using (RawClient client = fixture.Connect())
        {
            client.Send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", client.ReadHead());
        }
        second.SendFrame(8, [3, 0xE8]);
        Assert.Equal(1000, second.ReadClose());
        WaitFor(() => fixture.Sum(static c => c.OpenWebSockets) == 2);
        using RawClient fourth = fixture.Open();
    }

    [Fact]
    public void Far_too_many_sockets_get_503_without_a_word()
    {
        using var fixture = new ServerFixture(static o => o with { Limits = o.Limits with { MaxConnections = 0 } });
        var clients = new RawClient[65];
        for (int i = 0; i < clients.Length; i++) clients[i] = fixture.Connect();
        Assert.StartsWith("HTTP/1.1 503 ", clients[64].ReadHead());
        foreach (RawClient client in clients) client.Dispose();
    }

    [Theory]
    [InlineData("/metrics?u=me&p=s%65cret", 200)]
    [InlineData("/metrics?u=me&p=wrong", 401)]
    [InlineData("/metrics?u=secret", 401)]
    [InlineData("/?u=me&p=secret", 101)]
    [InlineData("/?p=wrong", 401)]
    public void A_token_may_stand_in_the_parameter_p(string target, int status)
    {
        using var data = new EndToEnd.DataFolder();
        string file = data.Path + "/tokens";
        TokenFile.Write(file,
            [new AccessToken("t", TokenScope.Read | TokenScope.Write, AccessPolicy.HashOf("secret"), null, 0)]);
        var access = new AccessPolicy(file, TimeProvider.System, NullLogger.Instance);
        using var fixture = new ServerFixture(o => o with { Access = access });
        using RawClient client = fixture.Connect();
        client.Send(RawClient.UpgradeRequest("slung.v2").Replace("GET /", "GET " + target, StringComparison.Ordinal));
        Assert.StartsWith($"HTTP/1.1 {status} ", client.ReadHead());
    }

    internal static void WaitFor(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience.Limit);
            System.Threading.Thread.Sleep(1);
        }
    }

    private static void AssertRefused(RawClient client, string option)
    {
        string head = client.ReadHead();
        Assert.StartsWith("HTTP/1.1 403 ", head);
        Assert.Contains(option, ReadBody(client, head));
        Assert.True(client.ReadEnd());
    }

    private static string ReadBody(RawClient client, string head)
    {
        int at = head.IndexOf("Content-Length: ", StringComparison.Ordinal) + "Content-Length: ".Length;
        int length = int.Parse(head.AsSpan(at, head.IndexOf('\r', at) - at));
        return Encoding.UTF8.GetString(client.Read(length));
    }
}
