using BenchmarkDotNet.Attributes;

namespace Slungd.Bench.Engine.Series;

/// <summary>From wire key to series id, and creation of all series in a new registry.</summary>
[MemoryDiagnoser]
[InProcess]
public class SeriesBench
{
    private const int Lookups = 1_000_000;
    private SeriesLoad _load = null!;

    [Params(10_000, 1_000_000)]
    public int Series { get; set; }

    [GlobalSetup]
    public void Setup() => _load = new SeriesLoad(Series, tagCount: 5);

    [GlobalCleanup]
    public void Cleanup() => _load.Dispose();

    [Benchmark(OperationsPerInvoke = Lookups)]
    public long Find() => _load.Find(Lookups);

    [Benchmark(OperationsPerInvoke = Lookups)]
    public long FindBatched() => _load.FindBatched(Lookups);

    [Benchmark]
    public long CreateAll() => _load.Create();
}
