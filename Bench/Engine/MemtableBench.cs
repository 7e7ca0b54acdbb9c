using BenchmarkDotNet.Attributes;

namespace Slungd.Bench.Engine;

/// <summary>Appending one generation of a million points, from a new memtable to its memory given back.</summary>
[MemoryDiagnoser]
[InProcess]
public class MemtableBench
{
    private const int Points = 1_000_000;
    private MemtableLoad _load = null!;

    [Params(1, 16)]
    public int Shards { get; set; }

    [GlobalSetup]
    public void Setup() => _load = new MemtableLoad(Points, Shards);

    [GlobalCleanup]
    public void Cleanup() => _load.Dispose();

    [Benchmark(OperationsPerInvoke = Points)]
    public long RowsBatch256() => _load.Rows(256);

    [Benchmark(OperationsPerInvoke = Points)]
    public long RowsBatch4096() => _load.Rows(4096);

    [Benchmark(OperationsPerInvoke = Points)]
    public long RowsFivePercentLate() => _load.RowsSomeLate(1024);

    [Benchmark(OperationsPerInvoke = Points)]
    public long Columns() => _load.Columns(100);

    [Benchmark(OperationsPerInvoke = Points)]
    public long Regular() => _load.Regular(100);
}
