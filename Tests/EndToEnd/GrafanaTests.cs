using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The requests that Grafana's data source of type Prometheus makes: when it is saved, when a query is typed,
/// when a panel is drawn; with its headers, and forms where it posts.</summary>
public class GrafanaTests
{
    private const long Start = 1_700_000_000;

    private static HttpRequestMessage Request(Daemon daemon, HttpMethod method, string path,
        params ReadOnlySpan<(string Name, string Value)> form)
    {
        HttpRequestMessage request = new(method, $"http://{daemon.HttpAddress}{path}");
        if (method == HttpMethod.Post)
        {
            List<KeyValuePair<string, string>> pairs = [];
            foreach ((string name, string value) in form) pairs.Add(new(name, value));
            request.Content = new FormUrlEncodedContent(pairs);
        }
        request.Headers.TryAddWithoutValidation("User-Agent", "Grafana/11.2.0");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        request.Headers.TryAddWithoutValidation("X-Grafana-Org-Id", "1");
        request.Headers.TryAddWithoutValidation("X-Datasource-Uid", "slungd");
        request.Headers.TryAddWithoutValidation("X-Dashboard-Uid", "abc");
        return request;
    }

    private static async Task<JsonElement> Ask(Daemon daemon, HttpRequestMessage request)
    {
        using HttpResponseMessage answer = await daemon.Send(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await using var body = await answer.Content.ReadAsStreamAsync();
        await using var plain = answer.Content.Headers.ContentEncoding.Contains("gzip")
            ? new GZipStream(body, CompressionMode.Decompress) : body;
        JsonElement root = (await JsonDocument.ParseAsync(plain)).RootElement;
        Assert.Equal("success", root.GetProperty("status").GetString());
        return root.GetProperty("data");
    }

    [EndToEndFact]
    public async Task TheDataSourceWorks()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        StringBuilder text = new("# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n");
        for (int i = 0; i <= 60; i++)
            foreach (string job in (string[])["api", "web"])
                text.Append(CultureInfo.InvariantCulture,
                    $"http_requests_total{{job=\"{job}\"}} {i * 10} {(Start + i * 15) * 1000}\n");
        using HttpResponseMessage written = await daemon.Post("/api/v1/import/prometheus",
            new StringContent(text.ToString()));
        Assert.Equal(HttpStatusCode.NoContent, written.StatusCode);

        // Save and test
        JsonElement two = await Ask(daemon, Request(daemon, HttpMethod.Post, "/api/v1/query", ("query", "1+1"),
            ("time", "4")));
        Assert.Equal("""{"resultType":"scalar","result":[4,"2"]}""", two.GetRawText());
        JsonElement build = await Ask(daemon, Request(daemon, HttpMethod.Get, "/api/v1/status/buildinfo"));
        Assert.Equal("3.5.0", build.GetProperty("version").GetString());
        using (HttpResponseMessage rules = await daemon.Send(Request(daemon, HttpMethod.Get, "/api/v1/rules")))
            Assert.Equal(HttpStatusCode.OK, rules.StatusCode);

        // The query editor
        string from = (Start - 5).ToString(CultureInfo.InvariantCulture);
        string to = (Start + 900).ToString(CultureInfo.InvariantCulture);
        Assert.Equal("""["__name__","job"]""", (await Ask(daemon, Request(daemon, HttpMethod.Post, "/api/v1/labels",
            ("start", from), ("end", to)))).GetRawText());
        Assert.Equal("""["http_requests_total"]""", (await Ask(daemon, Request(daemon, HttpMethod.Get,
            $"/api/v1/label/__name__/values?start={from}&end={to}"))).GetRawText());
        Assert.Equal("""["api","web"]""", (await Ask(daemon, Request(daemon, HttpMethod.Get,
            $"/api/v1/label/job/values?start={from}&end={to}&match%5B%5D=http_requests_total"))).GetRawText());
        Assert.Equal(2, (await Ask(daemon, Request(daemon, HttpMethod.Post, "/api/v1/series",
            ("match[]", "{__name__=\"http_requests_total\"}"), ("start", from), ("end", to)))).GetArrayLength());
        Assert.Equal("counter", (await Ask(daemon, Request(daemon, HttpMethod.Get, "/api/v1/metadata")))
            .GetProperty("http_requests_total")[0].GetProperty("type").GetString());

        // A panel: range, instant, exemplars
        JsonElement range = await Ask(daemon, Request(daemon, HttpMethod.Post, "/api/v1/query_range",
            ("query", "sum by (job) (rate(http_requests_total[1m0s]))"), ("start", from), ("end", to), ("step", "60")));
        Assert.Equal("matrix", range.GetProperty("resultType").GetString());
        JsonElement series = range.GetProperty("result")[0];
        Assert.Equal("""{"job":"api"}""", series.GetProperty("metric").GetRawText());
        double rate = double.Parse(series.GetProperty("values")[5][1].GetString()!, CultureInfo.InvariantCulture);
        Assert.Equal(10 / 15.0, rate, 9);
        JsonElement instant = await Ask(daemon, Request(daemon, HttpMethod.Post, "/api/v1/query",
            ("query", "http_requests_total"), ("time", $"{to}.000")));
        Assert.Equal("600", instant.GetProperty("result")[0].GetProperty("value")[1].GetString());
        Assert.Equal("[]", (await Ask(daemon, Request(daemon, HttpMethod.Get,
            $"/api/v1/query_exemplars?query=http_requests_total&start={from}&end={to}"))).GetRawText());

        // A typing mistake is shown in the editor
        using HttpResponseMessage wrong = await daemon.Send(Request(daemon, HttpMethod.Post, "/api/v1/query_range",
            ("query", "sum("), ("start", from), ("end", to), ("step", "60")));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }
}
