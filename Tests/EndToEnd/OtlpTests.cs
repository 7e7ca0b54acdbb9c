using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>OTLP metrics from the OpenTelemetry SDKs for .NET and JavaScript, read back with PromQL.</summary>
public partial class OtlpTests
{
    private const string JsHttp = "@opentelemetry/exporter-metrics-otlp-http";
    private const string JsGrpc = "@opentelemetry/exporter-metrics-otlp-grpc";

    [EndToEndTheory]
    [InlineData(OtlpExportProtocol.HttpProtobuf, MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(OtlpExportProtocol.HttpProtobuf, MetricReaderTemporalityPreference.Delta)]
    [InlineData(OtlpExportProtocol.Grpc, MetricReaderTemporalityPreference.Cumulative)]
    [InlineData(OtlpExportProtocol.Grpc, MetricReaderTemporalityPreference.Delta)]
    public async Task WhatTheSdkSendsIsAnswered(OtlpExportProtocol protocol,
        MetricReaderTemporalityPreference temporality)
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--otlp-grpc", "127.0.0.1:0");
        string endpoint = protocol == OtlpExportProtocol.Grpc ? await GrpcAddress(daemon)
            : $"http://{daemon.HttpAddress}/v1/metrics";
        Assert.True(Export(options =>
        {
            options.Endpoint = new Uri(endpoint);
            options.Protocol = protocol;
        }, temporality));
        using HttpClient client = new();
        await Check(client, $"http://{daemon.HttpAddress}", "dotnet");
    }

    [EndToEndTheory]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    [InlineData(OtlpExportProtocol.Grpc)]
    public async Task TokensTravelAsHeadersAndMetadata(OtlpExportProtocol protocol)
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        string writer = await TokensTests.Create(file, "w", "write");
        string reader = await TokensTests.Create(file, "r", "read");
        await using Daemon daemon = await Daemon.Start(data, "--otlp-grpc", "127.0.0.1:0", "--tokens", file);
        string endpoint = protocol == OtlpExportProtocol.Grpc ? await GrpcAddress(daemon)
            : $"http://{daemon.HttpAddress}/v1/metrics";
        foreach (string? headers in (string?[])[null, "authorization=Bearer " + reader])
            Assert.False(Export(WithToken(headers)));
        using HttpClient client = new();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", reader);
        Assert.Empty(await Ask(client, $"http://{daemon.HttpAddress}", "http_requests_total"));
        Assert.True(Export(WithToken("authorization=Bearer " + writer)));
        await Check(client, $"http://{daemon.HttpAddress}", "dotnet");

        Action<OtlpExporterOptions> WithToken(string? headers) => options =>
        {
            options.Endpoint = new Uri(endpoint);
            options.Protocol = protocol;
            if (headers is not null) options.Headers = headers;
        };
    }

    /// <summary>Both on port 2078, where gRPC is served as soon as there is TLS.</summary>
    [EndToEndTheory]
    [InlineData(OtlpExportProtocol.HttpProtobuf, "/v1/metrics")]
    [InlineData(OtlpExportProtocol.Grpc, "")]
    public async Task TlsIsSpokenByBoth(OtlpExportProtocol protocol, string path)
    {
        using var data = new DataFolder();
        await using Daemon daemon =
            await Daemon.Start(data.Path, TlsTests.Paths.In(data, "localhost").Options);
        using HttpClient client = TlsTests.Client();
        string http = $"https://{daemon.HttpAddress}";
        Assert.True(Export(options =>
        {
            options.Endpoint = new Uri(http + path);
            options.Protocol = protocol;
            options.HttpClientFactory = TlsTests.Client;
        }));
        await Check(client, http, "dotnet");
        const string method = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
        using HttpResponseMessage refused = await client.PostAsync(http + method, null); // HTTP/1.1
        Assert.Equal(HttpStatusCode.UpgradeRequired, refused.StatusCode);
    }

    [NodeFact(JsHttp)]
    public Task JsonFromJavaScriptIsAnswered() => JavaScript(JsHttp);

    [NodeFact(JsGrpc)]
    public Task GrpcFromJavaScriptIsAnswered() => JavaScript(JsGrpc);

    /// <summary>Packed; told where to send by the variables of the page.</summary>
    private static async Task JavaScript(string exporter)
    {
        const string script = """
            const { AggregationTemporalityPreference } = require('@opentelemetry/exporter-metrics-otlp-http');
            const { OTLPMetricExporter } = require(process.env.EXPORTER);
            const sdk = require('@opentelemetry/sdk-metrics');
            const { resourceFromAttributes } = require('@opentelemetry/resources');
            (async () => {
              for (const temporality of ['CUMULATIVE', 'DELTA']) {
                const exporter = new OTLPMetricExporter({ compression: 'gzip', timeoutMillis: 60000,
                  temporalityPreference: AggregationTemporalityPreference[temporality] });
                const reader = new sdk.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1000000,
                  exportTimeoutMillis: 60000 });
                const provider = new sdk.MeterProvider({ readers: [reader],
                  resource: resourceFromAttributes({ 'service.name': 'shop', 'service.namespace': 'eu',
                    'service.instance.id': temporality, 'service.version': '1.0' }),
                  views: [{ instrumentName: 'exponential',
                    aggregation: { type: sdk.AggregationType.EXPONENTIAL_HISTOGRAM } }] });
                const meter = provider.getMeter('js', '1.5');
                const counter = meter.createCounter('http.requests', { unit: '{request}', description: 'Requests.' });
                const duration = meter.createHistogram('http.duration', { unit: 's' });
                const exponential = meter.createHistogram('exponential');
                meter.createObservableGauge('temperature', { unit: 'Cel' })
                  .addCallback(result => result.observe(21.5));
                for (let round = 0; round < 2; round++) {
                  counter.add(3, { 'http.route': '/a' });
                  duration.record(0.3);
                  exponential.record(4);
                  await provider.forceFlush();
                }
                await provider.shutdown();
              }
            })().catch(e => { console.log(e); process.exit(1); });
            """;
        using var data = new DataFolder();
        string token = await TokensTests.Create(data.Path + "/tokens", "js", "admin");
        await using Daemon daemon =
            await Daemon.Start(data, "--tokens", data.Path + "/tokens", "--otlp-grpc", "127.0.0.1:0");
        string grpc = await GrpcAddress(daemon);
        Dictionary<string, string> variables = new() { ["EXPORTER"] = exporter };
        foreach (Match variable in Variable().Matches(Repository.Read("docs/otlp.md")))
        {
            string value = variable.Groups[2].Value.Replace("TOKEN", token)
                .Replace("127.0.0.1:2078", $"{daemon.HttpAddress}").Replace("http://127.0.0.1:4317", grpc);
            if (exporter == JsGrpc) variables[variable.Groups[1].Value] = value; // the page's second block
            else variables.TryAdd(variable.Groups[1].Value, value);
        }
        ProcessResult result = await NodePackages.Run(data, script, variables);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        using HttpClient client = new();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (string temporality in (string[])["CUMULATIVE", "DELTA"])
            await Check(client, $"http://{daemon.HttpAddress}", "js", temporality);
    }

    /// <summary>What no SDK here sends: summaries, exemplars, the end of a series, a point among good ones that can't
    /// be kept, fields of tomorrow.</summary>
    [EndToEndFact]
    public async Task TheRestOfTheProtocolIsTaken()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--retention", "1h");
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 1; // queries of now see it in any case
        string json = $$$"""
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}],
            "entityRefs":[{}]},"scopeMetrics":[{"scope":{},"metrics":[
            {"name":"rpc","summary":{"dataPoints":[{"timeUnixNano":"{{{now}}}000000000","count":"4","sum":10,
            "quantileValues":[{"quantile":0.5,"value":2.5},{"quantile":1,"value":4}]}]}},
            {"name":"gone","gauge":{"dataPoints":[{"timeUnixNano":"{{{now - 10}}}000000000","asInt":"7"},
            {"timeUnixNano":"{{{now - 5}}}000000000","flags":1}]}},
            {"name":"hits","unit":"1","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
            {"timeUnixNano":"{{{now}}}000000000","asDouble":5,"startTimeUnixNano":"1","exemplars":[{"asInt":"9",
            "timeUnixNano":"{{{now}}}000000000","traceId":"5B8EFFF798038103D269B633813FC60C",
            "spanId":"eee19b7ec3c1b174","filteredAttributes":[{"key":"user","value":{"intValue":"42"}}]}]}]}}
            ]}]}]}
            """;
        Assert.Equal("{}", await Post(json));
        string partly = await Post($$$$"""
            {"resourceMetrics":{"scopeMetrics":{"metrics":{"name":"old","gauge":{"dataPoints":[{"timeUnixNano":
            "1000000000","asDouble":"NaN"},{"timeUnixNano":"{{{{now}}}}000000000","asDouble":"-Infinity"}]}
            }}} }
            """);
        Assert.StartsWith("{\"partialSuccess\":{\"rejectedDataPoints\":\"1\",\"errorMessage\":\"1 of 2 points ", partly,
            StringComparison.Ordinal);
        using HttpClient client = new();
        string http = $"http://{daemon.HttpAddress}";
        Assert.Equal(["2.5"], await Ask(client, http, "rpc{quantile=\"0.5\",job=\"s\"}"));
        Assert.Equal(["2.5"], await Ask(client, http, "rpc_sum / rpc_count"));
        Assert.Empty(await Ask(client, http, "gone"));
        Assert.Equal(["7"], await Ask(client, http, $"gone @ {now - 6}"));
        Assert.Equal(["5"], await Ask(client, http, "hits_total"));
        Assert.Equal(["-Inf"], await Ask(client, http, "old"));
        string found = await client.GetStringAsync($"{http}/api/v1/query_exemplars?query=hits_total"
            + $"&start={now - 60}&end={now + 60}");
        Assert.Contains("\"labels\":{\"trace_id\":\"5b8efff798038103d269b633813fc60c\","
            + "\"span_id\":\"eee19b7ec3c1b174\",\"user\":\"42\"},\"value\":\"9\"", found, StringComparison.Ordinal);

        async Task<string> Post(string request)
        {
            StringContent body = new(request, Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await daemon.Post("/v1/metrics", body);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadAsStringAsync();
        }
    }

    /// <summary>Two rounds of four instruments; false when an export failed.</summary>
    private static bool Export(Action<OtlpExporterOptions> configure,
        MetricReaderTemporalityPreference temporality = MetricReaderTemporalityPreference.Cumulative)
    {
        using Meter meter = new("dotnet", "1.5");
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name)
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("shop", "eu", "1.0", false, "i-1"))
            .AddView("exponential", new Base2ExponentialBucketHistogramConfiguration())
            .AddOtlpExporter((options, reader) =>
            {
                options.TimeoutMilliseconds = (int)Patience.Limit.TotalMilliseconds;
                configure(options);
                reader.TemporalityPreference = temporality;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 1_000_000;
            }).Build();
        Counter<long> counter = meter.CreateCounter<long>("http.requests", "{request}", "Requests.");
        Histogram<double> duration = meter.CreateHistogram<double>("http.duration", "s");
        Histogram<double> exponential = meter.CreateHistogram<double>("exponential");
        meter.CreateObservableGauge("temperature", static () => 21.5, "Cel");
        bool isSent = true;
        for (int round = 0; round < 2; round++)
        {
            counter.Add(3, new KeyValuePair<string, object?>("http.route", "/a"));
            duration.Record(0.3);
            exponential.Record(4);
            isSent &= provider.ForceFlush((int)Patience.Limit.TotalMilliseconds);
        }
        return isSent;
    }

    private static async Task Check(HttpClient client, string http, string scope, string instance = "i-1")
    {
        string own = $"job=\"eu/shop\",instance=\"{instance}\",otel_scope_name=\"{scope}\",otel_scope_version=\"1.5\"";
        (string Query, string Expected)[] questions =
        [
            ($"http_requests_total{{{own},http_route=\"/a\"}}", "6"),
            ($"http_duration_seconds_count{{{own}}}", "2"),
            ($"http_duration_seconds_sum{{{own}}}", "0.6"),
            ($"http_duration_seconds_bucket{{{own},le=\"5\"}}", "2"),
            ($"http_duration_seconds_bucket{{{own},le=\"+Inf\"}}", "2"),
            ($"histogram_count(exponential{{{own}}})", "2"),
            ($"histogram_sum(exponential{{{own}}})", "8"),
            ($"round(histogram_quantile(0.5, exponential{{{own}}}), 0.1)", "4"),
            ($"temperature_celsius{{{own}}}", "21.5"),
            ($"temperature_celsius{{{own}}} * on (job, instance) group_left (service_version) target_info", "21.5"),
        ];
        foreach ((string query, string expected) in questions)
        {
            string[] values = await Ask(client, http, query);
            Assert.True(values is [{ } only] && only == expected, $"{query}: {string.Join(' ', values)}");
        }
        string metadata = await client.GetStringAsync(http + "/api/v1/metadata?metric=http_requests_total");
        Assert.Contains("{\"type\":\"counter\",\"help\":\"Requests.\"", metadata, StringComparison.Ordinal);
    }

    /// <summary>The values of an instant query.</summary>
    private static async Task<string[]> Ask(HttpClient client, string http, string query)
    {
        string text = await client.GetStringAsync($"{http}/api/v1/query?query={Uri.EscapeDataString(query)}");
        List<string> values = [];
        JsonElement data = JsonDocument.Parse(text).RootElement.GetProperty("data");
        foreach (JsonElement series in data.GetProperty("result").EnumerateArray())
            values.Add(series.GetProperty("value")[1].GetString()!);
        return [.. values];
    }

    private static async Task<string> GrpcAddress(Daemon daemon)
    {
        await daemon.Says("OTLP door for gRPC on ");
        return "http://" + GrpcDoor().Match(daemon.Log).Groups[1].Value;
    }

    [GeneratedRegex("(?m)^export (OTEL_[A-Z_]+)=\"?([^\"\\s]+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"OTLP door for gRPC on (\S+)")]
    private static partial Regex GrpcDoor();
}
