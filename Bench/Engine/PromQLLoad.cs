using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.Store;
using Slungd.Native.Os;

namespace Slungd.Bench.Engine;

/// <summary>A hundred counters with a sample every ten seconds, in a store in memory, and an engine.</summary>
internal sealed class PromQLLoad : IDisposable
{
    public const int SeriesCount = 100;
    private const long StepMicroseconds = 10_000_000;

    private readonly TimeSeriesStore _store;
    private readonly PromQLEngine _engine;

    public PromQLLoad(int points)
    {
        StoreOptions options = new() { ArenaBytes = 1L << 28, FlushPoints = long.MaxValue };
        _store = new TimeSeriesStore(options, PosixDisk.Instance, TimeProvider.System);
        _store.Open(startBackground: false);
        int each = points / SeriesCount;
        Random random = new(1);
        for (int i = 0; i < SeriesCount; i++)
        {
            _store.Resolve(Key("requests_total", $"host={i}", $"job={i % 4}"), ValueFamily.Float, out SeriesId series);
            ulong[] bits = new ulong[each];
            double value = 0;
            foreach (ref ulong bit in bits.AsSpan())
                bit = BitConverter.DoubleToUInt64Bits(value = random.Next(1000) == 0 ? 0 : value + random.Next(50));
            _store.AppendRegular(1, series, ValueFamily.Float, 0, StepMicroseconds, bits, new RefusalLog());
        }
        _engine = new PromQLEngine(_store, TimeProvider.System);
        End = (each - 1) * StepMicroseconds / 1000;
    }

    /// <summary>The last sample's time, in milliseconds.</summary>
    public long End { get; }

    /// <summary>Asks over all the time in 200 steps; some number of the answer.</summary>
    public double Range(string query) => Sum(_engine.Range(query, 0, End, Math.Max(1, End / 200), new PromQLOptions()));

    /// <summary>Asks about the end of all time.</summary>
    public double Instant(string query) => Sum(_engine.Instant(query, End, new PromQLOptions()));

    public void Dispose() => _store.Dispose();

    private static double Sum(PromQLResult result)
    {
        if (result.Error is not null) throw new InvalidOperationException(result.Error);
        double sum = result.Scalar;
        foreach (PromQLSeries series in result.Series) sum += series.Values[^1];
        return sum;
    }

    private static byte[] Key(string name, params string[] tags)
    {
        using MemoryStream into = new();
        Span<byte> number = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)name.Length);
        into.Write(number);
        BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)tags.Length);
        into.Write(number);
        into.Write(Encoding.UTF8.GetBytes(name));
        foreach (string tag in tags)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)tag.Length);
            into.Write(number);
            into.Write(Encoding.UTF8.GetBytes(tag));
        }
        return into.ToArray();
    }
}
