using System.Linq;
using BenchmarkDotNet.Attributes;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Bench.Engine.Codecs;

/// <summary>One page of floats, encoded and decoded; both must allocate nothing.</summary>
[MemoryDiagnoser]
[InProcess]
public class CodecBench
{
    private const int Points = 8192;
    private readonly byte[] _page = new byte[ValueCodec.MaxEncodedSize(Points)];
    private readonly ulong[] _into = new ulong[Points];
    private double[] _column = [];
    private int _length;

    [Params(false, true)]
    public bool Strong { get; set; }

    [Params("2 decimals, walk", "2 decimals, noise", "uniform x 100", "random bits")]
    public string Column { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _column = CodecColumns.Floats(Points).First(column => column.Name == Column).Values;
        _length = Encode();
    }

    [Benchmark(OperationsPerInvoke = Points)]
    public int Encode() => ValueCodec.Encode(Reinterpret.AsUInt64(_column), ValueFamily.Float,
        Strong ? CodecEffort.Strong : CodecEffort.Fast, _page);

    [Benchmark(OperationsPerInvoke = Points)]
    public bool Decode() => ValueCodec.TryDecode(System.MemoryExtensions.AsSpan(_page, 0, _length), _into);
}
