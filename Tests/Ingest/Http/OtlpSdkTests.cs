using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Ingest.Security;
using Slungd.Native.Memory;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Ingest.Protocols;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

/// <summary>The OpenTelemetry SDK for .NET as the sender.</summary>
public class OtlpSdkTests
{
    [Theory]
    [InlineData(nameof(OtlpExportProtocol.HttpProtobuf), "Cumulative")]
    [InlineData(nameof(OtlpExportProtocol.Grpc), "Cumulative")]
    [InlineData(nameof(OtlpExportProtocol.Grpc), "Delta")]
    public void WhatTheSdkSendsIsStored(string protocol, string temporality)
    {
        bool isGrpc = protocol == nameof(OtlpExportProtocol.Grpc);
        TextSink sink = new();
        using MetadataStore metadata = new(100);
        using ExemplarStore exemplars = new(100, 1 << 20);
        Intake intake = new(sink, new Limits(), TimeProvider.System);
        RequestBodies bodies = new(new ByteBudget(4 << 20), 1 << 20);
        OtlpExport export = new(sink, intake, metadata, exemplars, new DeltaTable(1 << 20, HistogramPayload.Add),
            new ByteBudget(1 << 20));
        IEnumerable<HttpRoute> routes = isGrpc ? new OtlpGrpcRoutes(export, bodies).All()
            : new OtlpRoutes(export, bodies).All();
        HttpDoor door = new(routes, new OriginPolicy([], []), new Admission(null, sink, TimeProvider.System,
            NullLogger.Instance, NullLogger.Instance), true, NullLogger.Instance, TimeProvider.System, new Limits());
        using HttpServer server = HttpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), door, new Limits(),
            NullLoggerFactory.Instance, isGrpc: isGrpc);
        using (Meter meter = new("test.meter." + protocol + temporality, "1.5"))
        using (MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name)
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("shop", "eu", "1.0", false, "i-1"))
            .AddView("exponential", new Base2ExponentialBucketHistogramConfiguration())
            .AddOtlpExporter((options, reader) =>
            {
                options.Endpoint = new Uri($"http://{server.Address}" + (isGrpc ? "" : "/v1/metrics"));
                options.TimeoutMilliseconds = (int)Patience.Limit.TotalMilliseconds;
                options.Protocol = Enum.Parse<OtlpExportProtocol>(protocol);
                reader.TemporalityPreference = Enum.Parse<MetricReaderTemporalityPreference>(temporality);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 1_000_000;
            }).Build())
        {
            Counter<long> counter = meter.CreateCounter<long>("http.requests", "{request}", "Requests.");
            Histogram<double> duration = meter.CreateHistogram<double>("http.duration", "s");
            Histogram<double> exponential = meter.CreateHistogram<double>("exponential");
            meter.CreateObservableGauge("temperature", static () => 21.5, "Cel");
            for (int round = 0; round < 2; round++)
            {
                counter.Add(3, new KeyValuePair<string, object?>("http.route", "/a"));
                duration.Record(0.3);
                exponential.Record(4);
                Assert.True(provider.ForceFlush((int)Patience.Limit.TotalMilliseconds));
            }
        }
        server.Stop(TimeSpan.Zero);
        string labels = "{job=eu/shop,instance=i-1,otel_scope_name=test.meter." + protocol + temporality
            + ",otel_scope_version=1.5";
        string[] read = [.. sink.Points.Select(static point => point[..point.IndexOf("} ", StringComparison.Ordinal)]
            + "} " + point.Split(' ')[^1])];
        Assert.Contains($"http_requests_total{labels},http_route=/a}} 3", read);
        Assert.Contains($"http_requests_total{labels},http_route=/a}} 6", read);
        Assert.Contains($"http_duration_seconds_bucket{labels},le=5}} 2", read);
        Assert.Contains($"http_duration_seconds_count{labels}}} 2", read);
        Assert.Contains($"temperature_celsius{labels}}} 21.5", read);
        Assert.Contains("target_info{job=eu/shop,instance=i-1,service_version=1.0} 1", read);
        string native = $"exponential{labels},=histogram}} ";
        Assert.Contains(read, point => point.StartsWith(native, StringComparison.Ordinal));
        Assert.Equal(0, export.Counters.Malformed);
    }
}
