using System;
using System.IO;
using System.IO.Compression;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What scripts and tools ask of Prometheus' HTTP API beside Grafana's requests, of the published executable.
/// </summary>
public class PrometheusApiTests
{
    private const string OpenMetrics = """
        # TYPE reqs counter
        # HELP reqs Requests.
        reqs_total{path="/a"} 5 1700000000 # {trace_id="abc"} 0.67 1700000000.125
        # TYPE "http.server/späť" gauge
        {"http.server/späť","service.name"="a b"} 7 1700000000
        # EOF

        """;

    private static async Task<Daemon> Filled(DataFolder data)
    {
        Daemon daemon = await Daemon.Start(data);
        StringContent body = new(OpenMetrics.ReplaceLineEndings("\n"));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("application/openmetrics-text; version=1.0.0");
        using HttpResponseMessage written = await daemon.Post("/api/v1/import/prometheus", body);
        Assert.Equal(HttpStatusCode.NoContent, written.StatusCode);
        return daemon;
    }

    private static async Task<string> Ask(Daemon daemon, string path)
    {
        using HttpResponseMessage answer = await daemon.Get(path);
        JsonElement root = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return answer.StatusCode == HttpStatusCode.OK ? root.GetProperty("data").GetRawText()
            : $"{(int)answer.StatusCode} {root.GetProperty("errorType")} {root.GetProperty("error")}";
    }

    [EndToEndFact]
    public async Task EveryPathAnswersAsPrometheusDoes()
    {
        const string Odd = "{\"__name__\":\"http.server/späť\",\"service.name\":\"a b\"}";
        using var data = new DataFolder();
        await using Daemon daemon = await Filled(data);
        foreach ((string path, string expected) in new (string, string)[]
        {
            ("query?query={\"http.server/späť\"}&time=1700000001", "{\"resultType\":\"vector\",\"result\":[{\"metric\":"
                + Odd + ",\"value\":[1700000001,\"7\"]}]}"),
            ("series?match[]={\"service.name\"=\"a b\"}", $"[{Odd}]"),
            ("label/service.name/values", "[\"a b\"]"),
            ("label/U__service_2e_name/values", "[\"a b\"]"),
            ("labels", "[\"__name__\",\"path\",\"service.name\"]"),
            ("labels?limit=1", "[\"__name__\"]"),
            ("metadata?metric=reqs", "{\"reqs\":[{\"type\":\"counter\",\"help\":\"Requests.\",\"unit\":\"\"}]}"),
            ("query_exemplars?query=rate(reqs_total[1m])&start=1699999999&end=1700000001",
                "[{\"seriesLabels\":{\"__name__\":\"reqs_total\",\"path\":\"/a\"},\"exemplars\":[{\"labels\":"
                + "{\"trace_id\":\"abc\"},\"value\":\"0.67\",\"timestamp\":1700000000.125}]}]"),
            ("format_query?query=sum(x)by(a)", "\"sum by (a) (x)\""),
            ("parse_query?query=1", "{\"type\":\"numberLiteral\",\"val\":\"1\"}"),
            ("rules", "{\"groups\":[]}"), ("alerts", "{\"alerts\":[]}"), ("notifications", "[]"),
            ("targets", "{\"activeTargets\":[],\"droppedTargets\":[]}"), ("targets/metadata", "[]"),
            ("query?query=sum(", "400 bad_data invalid parameter \"query\": 1:5: parse error: unexpected end of input"),
            ("query?query=reqs_total %2B on() {__name__=~\".%2B\"}&time=1700000001",
                "422 execution found duplicate series"),
            ("query?query=x&timeout=1ns", "400 bad_data invalid parameter \"timeout\": cannot parse \"1ns\""),
            ("none", "404 not_found no such path"),
        })
            Assert.StartsWith(expected, await Ask(daemon, "/api/v1/" + path), StringComparison.Ordinal);
        foreach (string path in (string[])["buildinfo", "runtimeinfo", "flags", "config", "tsdb", "walreplay"])
            Assert.StartsWith("{\"", await Ask(daemon, "/api/v1/status/" + path), StringComparison.Ordinal);
        Assert.Equal("", await (await daemon.Get("/federate?match[]=reqs_total")).Content.ReadAsStringAsync()); // old
    }

    [EndToEndFact]
    public async Task FormsAndAnswersMayBePacked()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Filled(data);
        MemoryStream packed = new();
        await using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes("query=reqs_total&time=1700000001"));
        ByteArrayContent form = new(packed.ToArray());
        form.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        form.Headers.ContentEncoding.Add("gzip");
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{daemon.HttpAddress}/api/v1/query")
        {
            Content = form, Headers = { { "Accept-Encoding", "gzip" } },
        };
        using HttpResponseMessage answer = await daemon.Send(request);
        Assert.Equal("gzip", Assert.Single(answer.Content.Headers.ContentEncoding));
        using GZipStream unpacked = new(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        JsonElement root = (await JsonDocument.ParseAsync(unpacked)).RootElement;
        Assert.Equal("[1700000001,\"5\"]",
            root.GetProperty("data").GetProperty("result")[0].GetProperty("value").GetRawText());
        using HttpResponseMessage wrong = await daemon.Post("/api/v1/query", new StringContent("query=1"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, wrong.StatusCode);
        Assert.Contains("\"errorType\":\"bad_data\"", await wrong.Content.ReadAsStringAsync());
    }

    [EndToEndFact]
    public async Task FlagsTurnExperimentsOn()
    {
        using var data = new DataFolder();
        await using (Daemon daemon = await Daemon.Start(data))
        {
            Assert.StartsWith("400 bad_data", await Ask(daemon, "/api/v1/query?query=up[1m%2B5s]"),
                StringComparison.Ordinal);
            Assert.StartsWith("{", await Ask(daemon, "/api/v1/query?query=limitk(1,up)"), StringComparison.Ordinal);
            await daemon.Stop();
        }
        await using (Daemon daemon = await Daemon.Start(data, "--enable-feature",
            "promql-duration-expr,promql-extended-range-selectors"))
            Assert.StartsWith("{", await Ask(daemon, "/api/v1/query?query=up[1m%2B5s]"), StringComparison.Ordinal);
        ProcessResult refused = await Executable.Slungd("serve", "--data", data.Path, "--enable-feature", "x");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("promql-duration-expr", refused.Error, StringComparison.Ordinal);
    }
}
