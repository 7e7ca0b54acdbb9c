using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Tokens made by the executable and asked for by the daemon, on both ports.</summary>
public partial class TokensTests
{
    private const string Line = "{\"metric\":{\"__name__\":\"up\"},\"values\":[1],\"timestamps\":[1000]}";

    /// <summary>Doors whose senders can't show a token want it said that the network is trusted.</summary>
    [EndToEndTheory]
    [InlineData("--graphite", "0.0.0.0:0", "Graphite")]
    [InlineData("--graphite", "[::]:0", "Graphite")]
    [InlineData("--statsd", "0.0.0.0:0", "StatsD")]
    public async Task ADoorWithoutTokensIsExposedOnlyOnPurpose(string option, string address, string name)
    {
        using DataFolder data = new(), secrets = new();
        string tokens = secrets.Path + "/tokens";
        await File.WriteAllTextAsync(tokens, "");
        ProcessResult refused = await Executable.Slungd([.. Daemon.WithPorts(["serve", "--data", data.Path]), option,
            address, "--tokens", tokens]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"{option} {address} can be reached from other machines, and {name} knows no tokens: give "
            + "--insecure when that is meant", refused.Error);
        Assert.Empty(Directory.GetFileSystemEntries(data.Path));
    }

    [EndToEndFact]
    public async Task HttpAsksForTheRightToken()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string reader = await Create(file, "grafana", "read"), writer = await Create(file, "sensors", "write");
        string admin = await Create(file, "ops", "admin");
        await using Daemon daemon = await Daemon.Start(data, "--tokens", file);
        foreach (string open in (string[])["/health", "/ready", "/"])
            Assert.Equal(HttpStatusCode.OK, await Ask(daemon, HttpMethod.Get, open, null));
        using (HttpResponseMessage refused = await daemon.Get("/api/v1/query?query=up"))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal("Bearer", Assert.Single(refused.Headers.WwwAuthenticate).Scheme);
        }
        var rows = new (HttpMethod Method, string Path, string Allowed)[]
        {
            (HttpMethod.Get, "/api/v1/query?query=up", reader), (HttpMethod.Get, "/metrics", reader),
            (HttpMethod.Get, "/api/v1/dsl?q=COUNT:up:[]", reader), (HttpMethod.Get, "/api/v1/workflows", reader),
            (HttpMethod.Post, "/api/v1/import", writer), (HttpMethod.Post, "/api/v1/admin/tsdb/flush", admin),
        };
        foreach ((HttpMethod method, string path, string allowed) in rows)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await Ask(daemon, method, path, null));
            Assert.Equal(HttpStatusCode.Unauthorized, await Ask(daemon, method, path, "Bearer " + allowed + "x"));
            foreach (string token in (string[])[reader, writer, admin])
            {
                HttpStatusCode status = await Ask(daemon, method, path, "Bearer " + token);
                if (token == allowed || token == admin) Assert.True((int)status < 300, $"{path}: {status}");
                else Assert.Equal(HttpStatusCode.Forbidden, status);
            }
        }
        string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes("anybody:" + reader));
        foreach (string shown in (string[])["Token " + reader, "Token me:" + reader, "Basic " + basic])
            Assert.Equal(HttpStatusCode.OK, await Ask(daemon, HttpMethod.Get, "/metrics", shown));
        Assert.Equal(HttpStatusCode.OK, await Ask(daemon, HttpMethod.Get, "/metrics?u=me&p=" + reader, null));
        await daemon.Says($"audit: ops (");
        await daemon.Says("POST /api/v1/admin/tsdb/flush -> 200");
        await daemon.Says("without the right token");
        foreach (string secret in (string[])[reader, writer, admin])
            Assert.DoesNotContain(secret, daemon.Log, StringComparison.Ordinal);
    }

    [EndToEndFact]
    public async Task WebSocketsMayDoWhatTheirTokensSay()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string reader = await Create(file, "r", "read"), writer = await Create(file, "w", "write");
        await using Daemon daemon = await Daemon.Start(data, "--tokens", file, "--wal-sync", "off");
        await Assert.ThrowsAsync<WebSocketException>(() => WebSocketClient.Version2(daemon));
        await Assert.ThrowsAsync<WebSocketException>(() => WebSocketClient.Connect(daemon, null, "Bearer " + reader));
        using (HttpResponseMessage metrics = await daemon.GetFromSocketDoor("/metrics"))
            Assert.Equal(HttpStatusCode.Unauthorized, metrics.StatusCode);

        await using WebSocketClient write = await WebSocketClient.Connect(daemon, "slung.v2", "Bearer " + writer);
        await write.Send(WireMessages.DefineOf(1, "cpu"));
        await write.Send(WireMessages.RegularOf(1, 0, 1, new double[10]));
        await write.Acknowledged(10);
        Assert.True((await write.Query("COUNT:cpu:[]")).TryGetProperty("error", out _));

        string coded = "slung.token." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(reader));
        await using WebSocketClient read = await WebSocketClient.Connect(daemon, "slung.v2", null, coded);
        Assert.Equal(10, (await read.Query("COUNT:cpu:[]")).GetProperty("value").GetDouble());
        await read.Send(WireMessages.DefineOf(1, "disk"));
        await read.Send(WireMessages.RegularOf(1, 0, 1, new double[10]));
        byte[] error = (await read.Receive())!.Value.Bytes;
        Assert.Equal([0x82, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 10, 0], error[..15]);
        await read.Receive(); // the ACK
        await read.Send([WireMessages.Rows, .. WireMessages.Event(1, 2, "disk")]);
        Assert.Equal([0x82, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 10, 0], (await read.Receive())!.Value.Bytes[..15]);
        await read.Receive();
        Assert.Equal(0, (await read.Query("COUNT:disk:[]", 2)).GetProperty("value").GetDouble());
    }

    [EndToEndFact]
    public async Task ARevokedTokenEndsItsConnections()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string old = await Create(file, "sensors", "read,write");
        await using Daemon daemon = await Daemon.Start(data, "--tokens", file);
        using HttpRequestMessage live = new(HttpMethod.Get, $"http://{daemon.HttpAddress}/api/v1/live?q=RAW:cpu:[]");
        live.Headers.Authorization = new AuthenticationHeaderValue("Bearer", old);
        using HttpResponseMessage events = await daemon.Send(live, streamed: true);
        Assert.Equal(HttpStatusCode.OK, events.StatusCode);
        using System.IO.StreamReader stream = new(await events.Content.ReadAsStreamAsync());
        await using WebSocketClient first = await WebSocketClient.Connect(daemon, "slung.v2", "Bearer " + old);
        string next = await Create(file, "sensors", "read,write");
        ProcessResult list = await Executable.Slungd("token", "list", "--tokens", file);
        string id = list.Output.Split('\n')[0].Split(' ')[0];
        Assert.Equal(0, (await Executable.Slungd("token", "revoke", id, "--tokens", file)).ExitCode);
        Assert.Null(await first.Receive());
        using var limit = new System.Threading.CancellationTokenSource(Patience.Limit);
        Assert.Null(await stream.ReadLineAsync(limit.Token)); // ended, and properly
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, first.CloseStatus);
        await using WebSocketClient second = await WebSocketClient.Connect(daemon, "slung.v2", "Bearer " + next);
        Assert.Equal(0, (await second.Query("COUNT:cpu:[]")).GetProperty("value").GetDouble());
        Assert.Equal(1, (await Executable.Slungd("token", "revoke", "nobody", "--tokens", file)).ExitCode);
    }

    [EndToEndFact]
    public async Task ATokenWithARateIsHeldToIt()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string token = await Create(file, "slow", "write", "--points-per-second", "1");
        await using Daemon daemon = await Daemon.Start(data, "--tokens", file);
        Assert.Equal(HttpStatusCode.NoContent, await Import(daemon, token, 1));
        Assert.Equal(HttpStatusCode.NoContent, await Import(daemon, token, 100)); // what is there is taken; then:
        Assert.Equal(HttpStatusCode.TooManyRequests, await Import(daemon, token, 1));
    }

    [EndToEndFact]
    public async Task OneRequestOfATokenWithARateCantOweForHours()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string token = await Create(file, "slow", "read,write", "--points-per-second", "100");
        await using Daemon daemon = await Daemon.Start(data, "--tokens", file, "--precision", "ms");
        StringBuilder lines = new();
        for (int i = 0; i < 30_000; i++) lines.Append(CultureInfo.InvariantCulture, $"cpu value=1 {i}\n");
        foreach (int status in (int[])[413, 429])
        {
            using HttpRequestMessage request = new(HttpMethod.Post, $"http://{daemon.HttpAddress}/write?precision=ms");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Content = new StringContent(lines.ToString());
            using HttpResponseMessage answer = await daemon.Send(request);
            string said = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == status, said);
            Assert.StartsWith("{\"error\":\"expected at most 100 points per second with this token", said,
                StringComparison.Ordinal);
            if (status == 429) Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 10, 100);
        }
        await using WebSocketClient client = await WebSocketClient.Connect(daemon, "slung.v2", "Bearer " + token);
        double kept = (await client.Query("COUNT:cpu:[]:[0,99999]")).GetProperty("value").GetDouble();
        Assert.InRange(kept, 10_100, 29_999);
    }

    [EndToEndFact]
    public async Task ATokenMayCreateSoManySeries()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string few = await Create(file, "few", "read,write", "--series", "4"), all = await Create(file, "all", "write");
        await using Daemon daemon = await Daemon.Start(data, "--tokens", file);
        await using WebSocketClient client = await WebSocketClient.Connect(daemon, "slung.v2", "Bearer " + few);
        await using WebSocketClient free = await WebSocketClient.Connect(daemon, "slung.v2", "Bearer " + all);
        await client.Send(WireMessages.RowsOf([new("cpu", ["n=1"], 1, 1), new("cpu", ["n=2"], 1, 1)]));
        await client.Acknowledged(2);
        Assert.Equal(HttpStatusCode.NoContent, await Import(daemon, few, 1)); // the third, `up`
        await client.Send(WireMessages.RowsOf([new("cpu", ["n=1"], 2, 1), new("cpu", ["n=4"], 2, 1),
            new("cpu", ["n=5"], 2, 1), new("cpu", ["n=2"], 2, 1)]));
        byte[] error = (await client.Receive())!.Value.Bytes; // n=5, and nothing else
        Assert.Equal([0x82, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7, 0], error[..15]);
        await client.Acknowledged(6);
        await free.Send(WireMessages.RowsOf([new("cpu", ["n=5"], 3, 1), new("cpu", ["n=6"], 3, 1)]));
        await free.Acknowledged(2);
        await client.Send(WireMessages.RowsOf([new("cpu", ["n=5"], 4, 1)])); // by now it is there
        await client.Acknowledged(7);
        Assert.Equal(8, (await client.Query("COUNT:cpu:[]")).GetProperty("value").GetDouble());
        foreach ((string path, string body) in ((string, string)[])[("/write", "mem,n=1 value=1 1"),
            ("/api/v1/import/prometheus", "mem{n=\"1\"} 1 1\n"),
            ("/api/v1/import", "{\"metric\":{\"__name__\":\"mem\"},\"values\":[1],\"timestamps\":[1]}")])
        {
            using HttpRequestMessage request = new(HttpMethod.Post, $"http://{daemon.HttpAddress}{path}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", few);
            request.Content = new StringContent(body);
            using HttpResponseMessage answer = await daemon.Send(request);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains("the limit of series", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    /// <summary>The numbers of the daemon name its routes: nobody can add one that forgets the tokens.</summary>
    [EndToEndFact]
    public async Task EveryRouteAsksForTheRightToken()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string admin = await Create(file, "ops", "admin"), reader = await Create(file, "r", "read");
        string writer = await Create(file, "w", "write");
        await using Daemon daemon = await Daemon.Start(data, "--tokens", file);
        using HttpRequestMessage ask = new(HttpMethod.Get, $"http://{daemon.HttpAddress}/metrics");
        ask.Headers.Authorization = new AuthenticationHeaderValue("Bearer", admin);
        using HttpResponseMessage metrics = await daemon.Send(ask);
        SortedSet<string> routes = [];
        foreach (Match match in Route().Matches(await metrics.Content.ReadAsStringAsync()))
            routes.Add(match.Groups[1].Value);
        routes.Remove("other"); // whatever is no route: 404
        Assert.True(routes.Count > 50, $"{routes.Count} routes");
        List<string> wrong = [];
        foreach (string route in routes)
        {
            int answered = 0;
            foreach (string method in (string[])["GET", "HEAD", "POST", "PUT", "DELETE"])
            {
                string path = route.Replace("*", "x", StringComparison.Ordinal);
                HttpStatusCode nobody = await Ask(daemon, new HttpMethod(method), path, null);
                if (nobody == HttpStatusCode.MethodNotAllowed) continue;
                answered++;
                bool isReader = await May(reader), isWriter = await May(writer);
                string needed = nobody != HttpStatusCode.Unauthorized ? "none" : isReader && isWriter ? "any"
                    : isReader ? "read" : isWriter ? "write" : "admin";
                if (needed != Needed(method, route)) wrong.Add($"{method} {route}: {needed}");

                async Task<bool> May(string token) => HttpStatusCode.Forbidden
                    != await Ask(daemon, new HttpMethod(method), path, "Bearer " + token);
            }
            if (answered == 0) wrong.Add(route + " has no method");
        }
        Assert.Empty(wrong);
        await daemon.Says("audit: r ("); // who tried is named
    }

    /// <summary>docs/security.md, the table of scopes.</summary>
    private static string Needed(string method, string route) => route switch
    {
        "/" or "/page/*" or "/health" or "/healthz" or "/-/healthy" or "/ready" or "/-/ready" or "/ping" => "none",
        "/api/v1/workflows/*/config" or "/api/v1/workflows/*/restart" => "admin",
        "/api/v1/workflows/*" when method is "PUT" or "DELETE" => "admin",
        "/write" or "/query" or "/v1/metrics" or "/api/v1/write" or "/api/v2/write" or "/api/v1/import"
            or "/api/v1/import/prometheus" or "/api/v1/otlp/v1/metrics" => "write",
        _ => route.StartsWith("/api/v1/admin/", StringComparison.Ordinal) ? "admin" : "read",
    };

    [EndToEndFact]
    public async Task CommandsShowTheTokenOfTheirEnvironment()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string token = await Create(file, "all", "read,write");
        await using Daemon daemon = await Daemon.Start(data, "--tokens", file);
        string[] ask = ["query", "COUNT:cpu:[]", "--listen", daemon.SocketAddress.ToString()];
        string[] askHttp = ["query", "COUNT:cpu:[]", "--http", daemon.HttpAddress!.ToString()];
        Dictionary<string, string> environment = new() { ["SLUNGD_TOKEN"] = token };
        foreach (string[] command in (string[][])[ask, askHttp])
        {
            Assert.Equal(1, (await Executable.Run(Binary.Path, command)).ExitCode);
            ProcessResult answer = await Executable.Run(Binary.Path, command, environment: environment);
            Assert.Equal("0", answer.Output.Trim());
        }
    }

    [EndToEndFact]
    public async Task ADoorForOthersNeedsTokens()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        await Create(file, "a", "read");
        await using (Daemon daemon = await Daemon.Start(data, "--tokens", file, "--listen", "0.0.0.0:0")) { }
        System.IO.File.AppendAllText(file, "nonsense\n");
        ProcessResult refused = await Executable.Slungd("serve", "--data", data.Path, "--tokens", file);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("line 3", refused.Error, StringComparison.Ordinal);
    }

    internal static async Task<string> Create(string file, string name, string scope, params string[] more)
    {
        ProcessResult made = await Executable.Slungd(["token", "create", name, "--scope", scope, "--tokens", file,
            .. more]);
        Assert.True(made.ExitCode == 0, made.Error);
        return made.Output.Trim();
    }

    private static async Task<HttpStatusCode> Ask(Daemon daemon, HttpMethod method, string path, string? authorization)
    {
        using HttpRequestMessage request = new(method, $"http://{daemon.HttpAddress}{path}");
        if (authorization is not null) request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        if (method == HttpMethod.Post) request.Content = new StringContent(Line);
        using HttpResponseMessage answer = await daemon.Send(request);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> Import(Daemon daemon, string token, int points)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{daemon.HttpAddress}/api/v1/import");
        request.Headers.Authorization = AuthenticationHeaderValue.Parse("Bearer " + token);
        var values = string.Join(',', System.Linq.Enumerable.Range(1, points));
        request.Content = new StringContent(
            $"{{\"metric\":{{\"__name__\":\"up\"}},\"values\":[{values}],\"timestamps\":[{values}]}}");
        using HttpResponseMessage answer = await daemon.Send(request);
        return answer.StatusCode;
    }

    [GeneratedRegex("slungd_http_request_duration_seconds_count\\{route=\"([^\"]+)\"")]
    private static partial Regex Route();
}
