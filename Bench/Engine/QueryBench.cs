using BenchmarkDotNet.Attributes;
using Slungd.Engine.Query;

namespace Slungd.Bench.Engine;

/// <summary>History queries that read every one of a million points in memory.</summary>
[MemoryDiagnoser]
[InProcess]
public class QueryBench
{
    private QueryLoad _load = null!;
    private DslQuery _query = null!;

    [Params("AVG:cpu:[]", "MAX:cpu:[]", "AVG:cpu:[]:[0,9223372036854775807]:[1s]", "RAW:cpu:[]")]
    public string Text { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _load = new QueryLoad(1_000_000);
        _query = QueryLoad.Parse(Text);
    }

    [GlobalCleanup]
    public void Cleanup() => _load.Dispose();

    [Benchmark]
    public double Query() => _load.Run(_query);

    [Benchmark]
    public object Parse() => QueryLoad.Parse(Text);
}
