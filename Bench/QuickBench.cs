using System;
using System.Collections.Generic;
using Slungd.Bench.EndToEnd;
using Slungd.Bench.Engine;
using Slungd.Bench.Engine.Codecs;
using Slungd.Bench.Engine.Series;
using Slungd.Bench.Native.Bits;
using Slungd.Bench.Native.Simd;
using Slungd.Bench.Engine.Store;
using Slungd.Bench.Engine.Wal;
using Slungd.Bench.Ingest;
using Slungd.Bench.Workflows;

namespace Slungd.Bench;

/// <summary>A short benchmark: interleaves its ways with a C reference and prints the best of several rounds as
/// ratios.</summary>
/// <param name="Name">What `--quick` calls it.</param>
/// <param name="Points">How many points a round handles unless told otherwise.</param>
/// <param name="Run">Points, rounds.</param>
internal sealed record QuickBench(string Name, int Points, Action<int, int> Run)
{
    /// <summary>Takes minutes whatever the points are: only by its name.</summary>
    public bool IsLong { get; init; }

    /// <summary>Every short benchmark. The test command runs each once with few points, so that none rots.</summary>
    public static readonly IReadOnlyList<QuickBench> All =
    [
        new("memtable", 1_000_000, MemtableQuick.Run),
        new("series", 1_000_000, SeriesQuick.Run),
        new("kernels", 1_000_000, KernelQuick.Run),
        new("bits", 1_000_000, BitsQuick.Run),
        new("codecs", 1_000_000, CodecQuick.Run),
        new("query", 1_000_000, QueryQuick.Run),
        new("promql", 1_000_000, PromQLQuick.Run),
        new("store", 1_000_000, StoreQuick.Run),
        new("reopen", 100_000, ReopenQuick.Run),
        new("size", 10_000, SizeQuick.Run),
        new("wal", 20_000_000, LogQuick.Run),
        new("live", 200_000, LiveQuick.Run),
        new("frames", 200_000, FramesQuick.Run),
        new("influx", 200_000, InfluxQuick.Run),
        new("otlp", 200_000, OtlpQuick.Run),
        new("ingest", 4_000_000, IngestQuick.Run),
        new("wasm", 1_000_000, WasmQuick.Run),
        new("start", 0, StartQuick.Run),
        new("daemon", 50_000_000, DaemonQuick.Run),
        new("otlp-http", 600_000, OtlpHttpQuick.Run),
        new("workflows", 20_000_000, WorkflowsQuick.Run),
        new("statsd", 200_000, StatsdQuick.Run),
        new("wear", 75_000, WearQuick.Run) { IsLong = true },
    ];
}
