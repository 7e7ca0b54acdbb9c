using System;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Store;
using Slungd.Native.Os;

namespace Slungd.Bench.Engine;

/// <summary>One series of points a millisecond apart in a store in memory, the same values as a flat array, and an
/// executor.</summary>
internal sealed class QueryLoad : IDisposable
{
    private readonly TimeSeriesStore _store;
    private readonly QueryExecutor _executor;

    public QueryLoad(int points)
    {
        Values = new double[points];
        Random random = new(1);
        for (int i = 0; i < points; i++) Values[i] = Math.Round(random.NextDouble() * 100, 2);
        StoreOptions options = new() { ArenaBytes = 1L << 28, FlushPoints = long.MaxValue };
        _store = new TimeSeriesStore(options, PosixDisk.Instance, TimeProvider.System);
        _store.Open(startBackground: false);
        // The wire key of cpu with the tag host=a.
        _store.Resolve("\u0003\0\u0001\0cpu\u0006\0host=a"u8, ValueFamily.Float, out SeriesId series);
        ulong[] bits = Array.ConvertAll(Values, BitConverter.DoubleToUInt64Bits);
        _store.AppendRegular(1, series, ValueFamily.Float, 0, 1_000, bits, new RefusalLog());
        _executor = new QueryExecutor(_store, TimeProvider.System, new Limits());
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

    public void Dispose() => _store.Dispose();
}
