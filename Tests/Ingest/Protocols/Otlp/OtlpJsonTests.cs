using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

public class OtlpJsonTests
{
    /// <summary>The example of the opentelemetry-proto repository, with a point of each kind.</summary>
    private const string Example = """
        {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},
        "scopeMetrics":[{"scope":{"name":"my.library","version":"1.0.0","attributes":[{"key":"my.scope.attribute",
        "value":{"stringValue":"some scope attribute"}}]},"metrics":[
        {"name":"my.counter","unit":"1","description":"I am a \"Counter\"","sum":{"aggregationTemporality":2,
        "isMonotonic":true,"dataPoints":[{"asDouble":5,"startTimeUnixNano":"1544712660300000000","timeUnixNano":
        "1544712660300000000","attributes":[{"key":"my.counter.attr","value":{"stringValue":"é\u00e9\"\ud83d\ude00"}},
        {"key":"list","value":{"arrayValue":{"values":[{"intValue":"-7"},{"boolValue":true}]}}}]}]}},
        {"name":"my.gauge","unit":"s","gauge":{"dataPoints":[{"asInt":"-9","timeUnixNano":1544712660300000000},
        {"asDouble":"NaN","timeUnixNano":"1544712660400000000","unknown":{"a":[1,{}]},"exemplars":null}]}},
        {"name":"my.histogram","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":
        "1544712660300000000","count":"2","sum":2,"bucketCounts":["1","1"],"explicitBounds":[1],"exemplars":[
        {"timeUnixNano":"1544712660300000000","asDouble":0.5,"traceId":"5B8EFFF798038103D269B633813FC60C",
        "spanId":"eee19b7ec3c1b174","filteredAttributes":[]}]}]}},
        {"name":"my.exponential","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":
        "1544712660300000000","count":"3","sum":10,"scale":-1,"zeroCount":"1","positive":{"offset":-1,
        "bucketCounts":["0","2"]},"zeroThreshold":0.5}]}},
        {"name":"my.summary","summary":{"dataPoints":[{"timeUnixNano":"1544712660300000000","count":"1","sum":3,
        "quantileValues":[{"quantile":0.5,"value":1}],"flags":0}]}}]}]}]}
        """;

    private static string Decode(string json)
    {
        using NativeBufferWriter message = new(new ByteBudget(1 << 20), 64, 1 << 20);
        if (!OtlpJson.TryConvert(Encoding.UTF8.GetBytes(json), message, out string? problem)) return problem!;
        TextSink sink = new();
        NotesText notes = new();
        WriteBatch batch = new(sink);
        OtlpDecoder decoder = new(Precision.Milliseconds, batch, notes, new DeltaTable(1000, HistogramPayload.Add),
            HistogramPayload.Encode);
        Assert.True(decoder.TryDecode(message.WrittenSpan), decoder.Problem);
        decoder.Commit();
        return string.Join('\n', [.. sink.Points, .. notes.Lines]);
    }

    [Fact]
    public void TheExampleIsRead()
    {
        const string scope = "{job=my.service,otel_scope_name=my.library,otel_scope_version=1.0.0,"
            + "otel_scope_my_scope_attribute=some scope attribute";
        const string time = "} 1544712660300 ";
        string expected = $"""
            my_counter_total{scope},my_counter_attr=éé"😀,list=[-7,true]{time}5
            my_gauge_seconds{scope}{time}-9
            my_gauge_seconds{scope}{"}"} 1544712660400 NaN
            my_histogram_count{scope}{time}2
            my_histogram_sum{scope}{time}2
            my_histogram_bucket{scope},le=1{time}1
            my_histogram_bucket{scope},le=+Inf{time}2
            my_exponential{scope},=histogram{time}010CFF0000000000002440000000000000E03F0301010202
            my_summary_sum{scope}{time}3
            my_summary_count{scope}{time}1
            my_summary{scope},quantile=0.5{time}1
            my_counter_total counter help=I am a "Counter" unit=
            my_gauge_seconds gauge help= unit=seconds
            my_histogram histogram help= unit=
            1544712660300 0.5 of __name__=my_histogram_bucket job=my.service otel_scope_name=my.library
            """;
        string read = Decode(Example);
        Assert.Equal(expected, read[..Math.Min(read.Length, expected.Length)]);
        Assert.Contains("le=1 with trace_id=5b8efff798038103d269b633813fc60c with span_id=eee19b7ec3c1b174\n", read,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{} {}")]
    [InlineData("{\"resourceMetrics\":[1]}")]
    [InlineData("{\"resourceMetrics\":[{}")]
    [InlineData("{\"resourceMetrics\":{\"scopeMetrics\":{\"metrics\":{\"name\":7}}}}")]
    [InlineData("{\"resourceMetrics\":{\"scopeMetrics\":{\"metrics\":{\"name\":\"\\ud800\"}}}}")]
    [InlineData("{\"resourceMetrics\":{\"scopeMetrics\":{\"metrics\":{\"gauge\":{\"dataPoints\":{\"asInt\":\"\"}}}}}}")]
    [InlineData("{\"resourceMetrics\":{\"scopeMetrics\":{\"metrics\":{\"sum\":{\"dataPoints\":{\"asInt\":1.5}}}}}}")]
    [InlineData("{\"resourceMetrics\":{\"scopeMetrics\":{\"metrics\":{\"sum\":{\"dataPoints\":{\"asInt\":1e20}}}}}}")]
    public void WhatCantBeReadIsSaid(string json) =>
        Assert.StartsWith("expected ", Decode(json), StringComparison.Ordinal);

    [Theory]
    [InlineData("7", "7")]
    [InlineData("\"-7\"", "-7")]
    [InlineData("7.0", "7")]
    [InlineData("\"-2e3\"", "-2000")]
    [InlineData("9007199254740993", "9007199254740992")] // stored as a float
    [InlineData("\"-9223372036854775808\"", "-9.223372036854776E+18")]
    public void WholeNumbersHaveManyForms(string json, string expected) =>
        Assert.Equal($"g{{}} 5 {expected}\ng gauge help= unit=", Decode("{\"resourceMetrics\":[{\"scopeMetrics\":"
            + "[{\"metrics\":[{\"name\":\"g\",\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":5000000,\"asInt\":"
            + json + "}]}}]}]}]}"));

    [Theory]
    [InlineData("{\"asInt\":\"9223372036854775808\"}")]
    [InlineData("{\"asInt\":9.3e18}")]
    [InlineData("{\"asInt\":\"18446744073709551615\"}")]
    [InlineData("{\"asInt\":\"-9223372036854775809\"}")]
    [InlineData("{\"timeUnixNano\":\"-1\"}")]
    [InlineData("{\"attributes\":[{\"key\":\"a\",\"value\":{\"intValue\":\"9223372036854775808\"}}]}")]
    public void NumbersThatTheirTypesDoNotHaveAreNoSuchJson(string point) =>
        Assert.StartsWith("expected OTLP's JSON", Decode("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":"
            + "[{\"name\":\"g\",\"gauge\":{\"dataPoints\":[" + point + "]}}]}]}]}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"count\":\"-1\"}")]
    [InlineData("{\"scale\":2147483648}")]
    [InlineData("{\"positive\":{\"offset\":-2147483649}}")]
    [InlineData("{\"positive\":{\"bucketCounts\":[-1]}}")]
    public void NorOfHistograms(string point) =>
        Assert.StartsWith("expected OTLP's JSON", Decode("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":"
            + "[{\"name\":\"g\",\"exponentialHistogram\":{\"dataPoints\":[" + point + "]}}]}]}]}"),
            StringComparison.Ordinal);

    [Fact]
    public void TextsThatAreNotInUtf8AreNoSuchJson()
    {
        foreach (string place in (string[])["\"metrics\":[{\"name\":\"@\"}]", "\"schemaUrl\":\"a@\""])
        {
            byte[] json = Encoding.UTF8.GetBytes("{\"resourceMetrics\":[{\"scopeMetrics\":[{" + place + "}]}]}");
            using NativeBufferWriter message = new(new ByteBudget(1 << 20), 64, 1 << 20);
            Assert.True(OtlpJson.TryConvert(json, message, out _));
            json.AsSpan().Replace((byte)'@', (byte)0xff);
            Assert.False(OtlpJson.TryConvert(json, message, out string? problem));
            Assert.StartsWith("expected OTLP's JSON", problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void NestingHasALimit()
    {
        string deep = string.Concat(System.Linq.Enumerable.Repeat("{\"arrayValue\":{\"values\":[", 1_000));
        Assert.StartsWith("expected JSON", Decode("{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"a\","
            + "\"value\":" + deep), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"resourceMetrics\":null}")]
    [InlineData("{\"resourceMetrics\":[],\"other\":[[]]}")]
    public void NothingIsFine(string json) => Assert.Equal("", Decode(json));
}
