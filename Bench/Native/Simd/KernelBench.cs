using System;
using BenchmarkDotNet.Attributes;
using Slungd.Native.Simd;

namespace Slungd.Bench.Native.Simd;

/// <summary>The kernels over one block that fits in the first cache, as a query meets them.</summary>
[MemoryDiagnoser]
[InProcess]
public class KernelBench
{
    private const int Points = 1024;
    private readonly double[] _values = new double[Points];
    private readonly long[] _times = new long[Points];
    private KernelSet _set = null!;

    [Params("512", "256", "128", "scalar")]
    public string Variant { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _set = KernelChoice.Choose(Variant, out _);
        var random = new Random(1);
        for (int i = 0; i < Points; i++)
        {
            _values[i] = Math.Round(random.NextDouble() * 100, 2);
            _times[i] = i;
        }
    }

    [Benchmark(OperationsPerInvoke = Points)]
    public double Sum()
    {
        double sum = 0, low = 0;
        _set.Sum(_values, ref sum, ref low);
        return sum + low;
    }

    [Benchmark(OperationsPerInvoke = Points)]
    public double Aggregate()
    {
        var aggregate = FloatAggregate.Empty;
        _set.Aggregate(_values, ref aggregate);
        return aggregate.Total;
    }

    [Benchmark(OperationsPerInvoke = Points)]
    public double AggregateInRange()
    {
        var aggregate = FloatAggregate.Empty;
        _set.AggregateInRange(_times, _values, 10, Points - 10, ref aggregate);
        return aggregate.Total;
    }
}
