using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Tests.Ingest.Hosting.Metrics;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class HttpDoorTests
{
    [Theory]
    [InlineData("/health")]
    [InlineData("/healthz")]
    [InlineData("/-/healthy")]
    public void LivenessHoldsWhileWritesAreRefused(string path)
    {
        using HttpFixture http = new();
        HttpResponseMessage answer = http.Get(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("""{"status":"ok"}""", HttpFixture.Text(answer));

        http.Sink.State = SinkState.DiskShort;
        http.Sink.StateReason = "3 MB free";
        answer = http.Get(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"status":"ok","writes":"refused","reason":"3 MB free"}""", HttpFixture.Text(answer));
    }

    [Theory]
    [InlineData("/ready")]
    [InlineData("/-/ready")]
    public void ReadinessIsReal(string path)
    {
        using HttpFixture http = new();
        Assert.Equal(HttpStatusCode.OK, http.Get(path).StatusCode);

        http.Sink.State = SinkState.Recovering;
        HttpResponseMessage answer = http.Get(path);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal("""{"status":"not ready","reason":"recovery is going on"}""", HttpFixture.Text(answer));

        http.Sink.State = SinkState.Ready;
        http.Probes.Stopping();
        Assert.Contains("shutting down", HttpFixture.Text(http.Get(path)));
    }

    [Fact]
    public void UnknownPathsAndMethodsAreJsonErrors()
    {
        using HttpFixture http = new();
        HttpResponseMessage answer = http.Get("/nowhere");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("error", HttpFixture.Json(answer).GetProperty("status").GetString());

        answer = http.Send(HttpMethod.Delete, "/health");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Contains("GET", answer.Content.Headers.Allow);
        Assert.Equal("error", HttpFixture.Json(answer).GetProperty("status").GetString());
    }

    [Fact]
    public void HeadHasNoBody()
    {
        using HttpFixture http = new();
        HttpResponseMessage answer = http.Send(HttpMethod.Head, "/health");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("", HttpFixture.Text(answer));
        Assert.Equal(15, answer.Content.Headers.ContentLength);
    }

    [Fact]
    public void ForeignPagesAreRefusedAndAllowedOnesMayRead()
    {
        using HttpFixture http = new(["https://panel.example"]);
        HttpResponseMessage answer = http.Get("/health", "Origin", "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("--allow-origin", HttpFixture.Text(answer));

        answer = http.Get("/health", "Origin", "https://panel.example");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["https://panel.example"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        answer = http.Send(HttpMethod.Options, "/health", "Origin", "https://panel.example");
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);

        answer = http.Get("/health", "Host", "rebound.example");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("--allow-host", HttpFixture.Text(answer));
    }

    [Theory]
    [InlineData("gzip, chunked", "501")]
    [InlineData("gzip\r\nTransfer-Encoding: chunked", "501")]
    [InlineData("Chunked", "405")]
    public void TransferCodingsThatNobodyUndoesAreRefused(string coding, string status)
    {
        using HttpFixture http = new();
        using RawClient client = new(http.Address);
        client.Send($"POST /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", client.ReadHead());
    }

    [Theory]
    [InlineData(2048, "200")]
    [InlineData(2049, "431")]
    public void AHeadIsItsLineAndItsFields(int bytes, string status)
    {
        using HttpFixture http = new(limits: new Limits { MaxHeadBytes = 2048 });
        using RawClient client = new(http.Address);
        string line = $"GET /health?{new string('x', 1000)} HTTP/1.1\r\nHost: localhost\r\n";
        client.Send($"{line}X: {new string('x', bytes - line.Length - 7)}\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", client.ReadHead());
    }

    [Fact]
    public void SecurityHeadersAreOnEveryAnswer()
    {
        using HttpFixture http = new();
        foreach (string path in (string[])["/health", "/nowhere", "/metrics"])
        {
            HttpResponseMessage answer = http.Get(path);
            Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
            Assert.True(answer.Headers.CacheControl!.NoStore);
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Fact]
    public void MetricsAreValidAndCountRequestsByRoute()
    {
        using HttpFixture http = new();
        http.Get("/health");
        http.Get("/nowhere");
        const string probe = "slungd_http_requests_total{route=\"/health\",status=\"2xx\"}";
        const string other = "slungd_http_requests_total{route=\"other\",status=\"4xx\"}";
        Dictionary<string, double> samples;
        do // a request is counted after its answer is sent, so it may show one look later
        {
            HttpResponseMessage answer = http.Get("/metrics");
            Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
            samples = PrometheusParser.Parse(HttpFixture.Text(answer));
        }
        while (!samples.ContainsKey(probe) || !samples.ContainsKey(other));
        Assert.Equal(1, samples[probe]);
        Assert.Equal(1, samples[other]);
        Assert.Equal(1, samples["slungd_http_request_duration_seconds_count{route=\"/health\"}"]);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("br, gzip;q=0.5", true)]
    [InlineData("*", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("gzip; q=0.00", false)]
    [InlineData("identity", false)]
    public void LargeAnswersAreGzippedForThoseWhoTakeIt(string accept, bool expected)
    {
        using HttpFixture http = new();
        for (int i = 0; i < 3; i++) http.Get("/metrics");
        HttpResponseMessage answer = http.Get("/metrics", "Accept-Encoding", accept);
        Assert.Equal(expected, answer.Content.Headers.ContentEncoding.Contains("gzip"));
        Assert.Contains("Accept-Encoding", answer.Headers.Vary);
        using Stream body = answer.Content.ReadAsStream();
        using Stream plain = expected ? new GZipStream(body, CompressionMode.Decompress) : body;
        Assert.StartsWith("# HELP ", new StreamReader(plain, Encoding.UTF8).ReadToEnd());
    }

    [Fact]
    public void ABodyBeyondTheLimitIs413()
    {
        HttpRoute route = new("/sink") { Post = static context => context.Request.Body.CopyToAsync(Stream.Null) };
        using HttpFixture http = new(limits: new Limits { MaxBodyBytes = 1024 }, routes: route);
        HttpRequestMessage request = new(HttpMethod.Post, "/sink") { Content = new ByteArrayContent(new byte[2048]) };
        request.Headers.ExpectContinue = true; // else the client may meet the closed connection before the answer
        HttpResponseMessage answer = http.Client.Send(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("error", HttpFixture.Json(answer).GetProperty("status").GetString());
    }

    [Fact]
    public void OurOwnMistakeIs500WithoutItsText()
    {
        HttpRoute route = new("/bug") { Get = static _ => Task.FromException(new InvalidDataException("secret")) };
        using HttpFixture http = new(routes: route);
        HttpResponseMessage answer = http.Get("/bug");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.DoesNotContain("secret", HttpFixture.Text(answer));
    }
}
