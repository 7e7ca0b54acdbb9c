using System.Collections.Generic;

namespace Slungd.Tests.Fuzz;

/// <summary>Every fuzz target. TargetsTests fails when a class of this folder is missing here.</summary>
internal static class Targets
{
    public static readonly IReadOnlyList<FuzzTarget> All =
    [
        new("canary", CanaryFuzz.Run, CanaryFuzz.Seeds),
        new("slung-v2-model", SlungV2ModelFuzz.Run, SlungV2ModelFuzz.Seeds),
        new("series-key", SeriesKeyFuzz.Run, SeriesKeyFuzz.Seeds),
        new("dsl", DslFuzz.Run, DslFuzz.Seeds),
        new("regex", RegexFuzz.Run, RegexFuzz.Seeds),
        new("timestamp-page", TimestampPageFuzz.Run, TimestampPageFuzz.Seeds),
        new("value-page", ValuePageFuzz.Run, ValuePageFuzz.Seeds),
        new("segment-reader", SegmentReaderFuzz.Run, SegmentReaderFuzz.Seeds),
        new("payload-page", PayloadPageFuzz.Run, PayloadPageFuzz.Seeds),
        new("tombstones", TombstoneFileFuzz.Run, TombstoneFileFuzz.Seeds),
        new("log-frame", LogFrameFuzz.Run, LogFrameFuzz.Seeds),
        new("http-head", HttpHeadFuzz.Run, HttpHeadFuzz.Seeds),
        new("frames", FrameReaderFuzz.Run, FrameReaderFuzz.Seeds),
        new("event", EventLayoutFuzz.Run, EventLayoutFuzz.Seeds),
        new("slung-v2", SlungV2Fuzz.Run, SlungV2Fuzz.Seeds),
        new("text-request", TextRequestFuzz.Run, TextRequestFuzz.Seeds),
        new("histogram", HistogramFuzz.Run, HistogramFuzz.Seeds),
        new("promql-evaluator", PromQLEvaluatorFuzz.Run, PromQLEvaluatorFuzz.Seeds),
        new("promql-parser", PromQLParserFuzz.Run, PromQLParserFuzz.Seeds),
        new("snappy", SnappyFuzz.Run, SnappyFuzz.Seeds),
        new("remote-write", RemoteWriteFuzz.Run, RemoteWriteFuzz.Seeds),
        new("exposition", ExpositionFuzz.Run, ExpositionFuzz.Seeds),
        new("remote-read", RemoteReadFuzz.Run, RemoteReadFuzz.Seeds),
        new("statsd", StatsdFuzz.Run, StatsdFuzz.Seeds),
        new("graphite", GraphiteFuzz.Run, GraphiteFuzz.Seeds),
        new("influx", InfluxFuzz.Run, InfluxFuzz.Seeds),
        new("otlp", OtlpFuzz.Run, OtlpFuzz.Seeds),
        new("otlp-json", OtlpJsonFuzz.Run, OtlpJsonFuzz.Seeds),
        new("metric-lines", MetricLinesFuzz.Run, MetricLinesFuzz.Seeds),
        new("point-lines", PointLinesFuzz.Run, PointLinesFuzz.Seeds),
        new("wasm-module", WasmModuleFuzz.Run, WasmModuleFuzz.Seeds),
        new("wasm-program", WasmProgramFuzz.Run, WasmProgramFuzz.Seeds),
        new("guest-calls", GuestCallsFuzz.Run, GuestCallsFuzz.Seeds),
    ];
}
