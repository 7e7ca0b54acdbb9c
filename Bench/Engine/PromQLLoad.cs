using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;

namespace Slungd.Bench.Engine;

/// <summary>A hundred counters with a sample every ten seconds, in a store, and an engine.</summary>
internal sealed class PromQLLoad : IDisposable
{
    public const int SeriesCount = 100;
    private const long StepMicroseconds = 10_000_000;

    private readonly TimeSeriesStore _store;
    private readonly PromQLEngine _engine;
    private readonly PromQLEngine _alone;
    private readonly string? _root;

    /// <param name="points">Of all series together.</param>
    /// <param name="isFlushed">They lie in a segment, not in memory.</param>
    /// <param name="isCompacted">That has been compacted.</param>
    public PromQLLoad(int points, bool isFlushed = false, bool isCompacted = false)
    {
        if (isFlushed) _root = Directory.CreateTempSubdirectory("slungd-bench-").FullName;
        StoreOptions options = new()
        {
            DataDirectory = _root is null ? null : _root + "/data", LogSync = LogSync.Off, ArenaBytes = 1L << 28,
            FlushPoints = long.MaxValue, MinFreeDisk = FreeDiskRule.None,
        };
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
        if (isFlushed) _store.Flush();
        if (isCompacted) _store.Compact();
        _engine = new PromQLEngine(_store, TimeProvider.System);
        _alone = new PromQLEngine(_store, TimeProvider.System, workers: new QueryWorkers(1));
        End = (each - 1) * StepMicroseconds / 1000;
    }

    /// <summary>The last sample's time, in milliseconds.</summary>
    public long End { get; }

    /// <summary>Asks over all the time in 200 steps; some number of the answer.</summary>
    public double Range(string query) => Sum(_engine.Range(query, 0, End, Math.Max(1, End / 200), new PromQLOptions()));

    /// <summary>The same; <paramref name="isAlone"/> on one thread, whatever the machine has.</summary>
    /// <param name="query">What.</param>
    /// <param name="part">Only so much of the time, at its end, in 60 steps: 0 to 1.</param>
    /// <param name="isAlone">Without help.</param>
    public double Range(string query, double part, bool isAlone)
    {
        long start = End - (long)(End * part);
        return Sum((isAlone ? _alone : _engine).Range(query, start, End, Math.Max(1, (End - start) / 60),
            new PromQLOptions()));
    }

    /// <summary>Asks about the end of all time.</summary>
    public double Instant(string query) => Sum(_engine.Instant(query, End, new PromQLOptions()));

    public void Dispose()
    {
        _store.Dispose();
        if (_root is not null) Directory.Delete(_root, recursive: true);
    }

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
