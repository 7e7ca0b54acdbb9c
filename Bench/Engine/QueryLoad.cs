using System;
using System.Text;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Native.Memory;

namespace Slungd.Bench.Engine;

/// <summary>One series of points a millisecond apart in a memtable, the same values as a flat array, and an executor.
/// </summary>
internal sealed class QueryLoad : IDisposable
{
    private readonly Arena _arena = new(1L << 28, keepWarmBytes: 1L << 28);
    private readonly Memtable _memtable;
    private readonly QueryExecutor _executor;

    public QueryLoad(int points)
    {
        Values = new double[points];
        Random random = new(1);
        for (int i = 0; i < points; i++) Values[i] = Math.Round(random.NextDouble() * 100, 2);
        _memtable = new Memtable(_arena, 1, 16);
        if (!_memtable.TryBeginWrite(1)) throw new InvalidOperationException("a new memtable is open");
        ulong[] bits = Array.ConvertAll(Values, BitConverter.DoubleToUInt64Bits);
        _memtable.AppendRegular(new SeriesId(0), 0, 1_000, bits, new RefusalLog());
        _memtable.EndWrite();
        SeriesKey key = new("cpu"u8.ToArray(), [Encoding.UTF8.GetBytes("host=a")]);
        _executor = new QueryExecutor(new MemtableReader(_memtable, [key]), TimeProvider.System, new Limits());
    }

    public double[] Values { get; }

    public static DslQuery Parse(string text) =>
        DslParser.TryParse(text, Precision.Microseconds, new Limits(), out DslQuery? query, out QueryParseError error)
            ? query!
            : throw new FormatException(error.ToString());

    /// <summary>Runs a query, reading every point; some number of the answer.</summary>
    public double Run(DslQuery query)
    {
        QueryResult result = _executor.Execute(query, new QueryOptions { ForceScan = true });
        if (!result.IsDone) throw new InvalidOperationException(result.Error);
        if (query.Op == QueryOp.Raw) return result.Points.Length;
        return query.HasWindows ? result.Windows.Length : result.Value.Number;
    }

    public void Dispose()
    {
        _memtable.Release();
        _arena.Dispose();
    }
}
