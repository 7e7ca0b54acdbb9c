using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What container platforms, monitoring and curious browsers ask.</summary>
public class ProbesTests
{
    private const string ExpositionLine =
        @"^(# (HELP|TYPE) [a-zA-Z_:][\w:]* .+|[a-zA-Z_:][\w:]*(\{.*\})? (-?[\d.]+([eE][+-]?\d+)?|NaN|[+-]Inf))$";

    [EndToEndFact]
    public async Task HealthAndReadinessOnBothDoors()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        using HttpResponseMessage health = await daemon.GetFromSocketDoor("/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal("application/json", health.Content.Headers.ContentType!.MediaType);
        Assert.Equal("""{"status":"ok"}""", await health.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await daemon.GetFromSocketDoor("/ready")).StatusCode);
        foreach (string path in new[] { "/health", "/healthz", "/-/healthy", "/ready", "/-/ready" })
            Assert.Equal(HttpStatusCode.OK, (await daemon.Get(path)).StatusCode);
    }

    [EndToEndFact]
    public async Task HealthCommandAnswersByExitCode()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--http", "off");
        string address = daemon.SocketAddress.ToString();
        Assert.Equal(0, (await Executable.Slungd("health", "--listen", address)).ExitCode);
        Assert.Equal(0, await daemon.Stop());
        ProcessResult gone = await Executable.Slungd("health", "--listen", address);
        Assert.Equal(1, gone.ExitCode);
        Assert.NotEmpty(gone.Error);
    }

    [EndToEndFact]
    public async Task MetricsCountPointsOnBothDoors()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.RowsOf([new("cpu", [], 1, 1), new("cpu", [], 2, 1), new("cpu", [], 3, 1)]));
        await client.Acknowledged(3);
        foreach (Func<string, Task<HttpResponseMessage>> get in
            new Func<string, Task<HttpResponseMessage>>[] { daemon.Get, daemon.GetFromSocketDoor })
        {
            using HttpResponseMessage answer = await get("/metrics");
            Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
            string[] lines = (await answer.Content.ReadAsStringAsync()).Split('\n');
            Assert.All(lines.Where(static l => l.Length > 0), static line => Assert.Matches(
                ExpositionLine, line));
            Assert.Contains(lines, static l => Regex.IsMatch(l, @"^slungd_\w*points\w*(\{[^}]*\})? 3$"));
        }
    }

    [EndToEndTheory]
    [InlineData("GET", "/", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound)]
    public async Task PlainHttpOnTheSocketDoor(string method, string path, HttpStatusCode expected)
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--http", "off");
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://{daemon.SocketAddress}{path}");
        using HttpResponseMessage answer = await daemon.Send(request);
        Assert.Equal(expected, answer.StatusCode);
        if (path != "/") return;
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        JsonElement root = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("error", root.GetProperty("status").GetString());
        Assert.Equal("use websocket binary frames to stream data", root.GetProperty("info").GetString());
    }

    [EndToEndFact]
    public async Task UpgradeRules()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--allow-origin", "https://good.example");
        Assert.Equal(101, await RawHttp.Status(daemon.SocketAddress, RawHttp.Upgrade("localhost")));
        Assert.Equal(101, await RawHttp.Status(daemon.SocketAddress, RawHttp.Upgrade("localhost",
            "Origin: https://good.example")));
        Assert.Equal(403, await RawHttp.Status(daemon.SocketAddress, RawHttp.Upgrade("localhost",
            "Origin: https://evil.example")));
        Assert.Equal(403, await RawHttp.Status(daemon.SocketAddress, RawHttp.Upgrade("rebound.example")));
        Assert.Equal(426, await RawHttp.Status(daemon.SocketAddress,
            RawHttp.Upgrade("localhost").Replace("Version: 13", "Version: 8", StringComparison.Ordinal)));
        // The other door keeps the same rules, and says which option would allow it.
        string refusal = await RawHttp.Answer(daemon.HttpAddress!,
            "GET /health HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", refusal);
        Assert.Contains("--allow-host", refusal);
    }

    [EndToEndFact]
    public async Task MalformedHeadsAreAnsweredAndClosed()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--http", "off");
        Assert.StartsWith("HTTP/1.1 400 ", await RawHttp.Answer(daemon.SocketAddress, "nonsense\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 431 ", await RawHttp.Answer(daemon.SocketAddress,
            $"GET / HTTP/1.1\r\nHost: localhost\r\nX: {new string('x', 70_000)}\r\n\r\n"));
        Assert.Equal(HttpStatusCode.OK, (await daemon.GetFromSocketDoor("/health")).StatusCode);
    }
}
