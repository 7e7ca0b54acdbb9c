using System;
using System.Collections.Generic;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Engine.Wal;
using Slungd.Native.Memory;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Store;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Wal;

/// <summary>A log with a memtable in front of it, on a simulated disk, without its thread: <see cref="Commit"/> is a
/// step of it.</summary>
internal sealed class LogRig : IDisposable
{
    public const string Data = "/data";
    public const int Shards = 4;
    private const int MaxSeries = 10_000;

    private readonly Arena _arena = new(64 << 20);
    private readonly RefusalLog _refusals = new();
    private readonly List<Memtable> _sealed = [];
    private ulong _flushedThrough;

    public LogRig(LogSync? sync = null, ulong seed = 1, long sizeLimit = long.MaxValue,
        long fileBytes = LogFolder.DefaultFileBytes)
    {
        Sync = sync ?? LogSync.EverySecond;
        SizeLimit = sizeLimit;
        FileBytes = fileBytes;
        Disk = new SimDisk(seed);
        Disk.CreateDirectory(Data);
        Disk.SyncDirectory("");
        Open();
    }

    public LogSync Sync { get; }

    public long SizeLimit { get; }

    public long FileBytes { get; }

    public SimDisk Disk { get; }

    public ManualClock Clock { get; } = new();

    public SeriesRegistry Registry { get; private set; } = null!;

    public WriteAheadLog Log { get; private set; } = null!;

    public LogFolder Folder { get; private set; } = null!;

    public Memtable Active { get; private set; } = null!;

    /// <summary>What the last replay found.</summary>
    public LogContents Recovered { get; private set; } = null!;

    public ReplayResult Replayed { get; private set; } = null!;

    /// <summary>The generations up to this one are in segments, as far as this rig plays them.</summary>
    public ulong FlushedThrough => _flushedThrough;

    public string[] Files => Disk.DirectoryExists(Folder.Path) ? Disk.ListFiles(Folder.Path) : [];

    public static string NameOf(int series) => "series-" + series;

    /// <summary>Every third is a string, every third an integer.</summary>
    public static ValueFamily FamilyOf(int series) => (series % 6) switch
    {
        4 => ValueFamily.String,
        5 => ValueFamily.Int,
        _ => ValueFamily.Float,
    };

    public SeriesId Id(int series)
    {
        byte[] key = FakeEventSink.WireKey(NameOf(series), "host=" + series % 7);
        Assert.Equal(RefusalCode.None, Registry.Resolve(key, FamilyOf(series), out SeriesId id));
        return id;
    }

    public void PutRows(params ReadOnlySpan<(int Series, long Timestamp, string Value)> points)
    {
        var rows = new EventRow[points.Length];
        var payload = new List<byte>();
        for (int i = 0; i < rows.Length; i++)
        {
            (int series, long timestamp, string value) = points[i];
            rows[i] = new EventRow { Series = Id(series), Timestamp = timestamp, Family = FamilyOf(series) };
            if (rows[i].Family.HasPayload())
            {
                rows[i].Bits = new PayloadRef((uint)payload.Count, (uint)value.Length).ToBits();
                payload.AddRange(Encoding.ASCII.GetBytes(value));
            }
            else rows[i].Bits = Convert.ToUInt64(value, 16);
        }
        Enter();
        Active.AppendRows(rows, payload.ToArray(), _refusals);
        Leave();
    }

    public void Put(int series, long timestamp, double value) =>
        PutRows((series, timestamp, LogContents.TextOf(BitConverter.DoubleToUInt64Bits(value))));

    public void PutColumn(int series, long[] timestamps, ulong[] values)
    {
        SeriesId id = Id(series);
        Enter();
        int half = values.Length / 2;
        if (half == 0 || values.Length % 2 == 1) Active.AppendColumn(id, timestamps, values, _refusals);
        else Active.AppendRuns([RunOf(id, series, half), RunOf(id, series, half)], timestamps, values, _refusals);
        Leave();
    }

    private static ColumnRun RunOf(SeriesId id, int series, int count) =>
        new() { Series = id, Family = FamilyOf(series), Count = count };

    public void PutRegular(int series, long start, long step, ulong[] values)
    {
        SeriesId id = Id(series);
        Enter();
        Active.AppendRegular(id, start, step, values, _refusals);
        Leave();
    }

    /// <summary>One step of the log for everything put so far; returns the group.</summary>
    public ulong Commit()
    {
        ulong group = Log.Request();
        Log.Step();
        return group;
    }

    /// <summary>Another memtable takes the writes.</summary>
    /// <param name="amidGroup">The log looks between the two halves of this, and the successor is written to before
    /// it has looked through all memtables.</param>
    public void Seal(bool amidGroup = false)
    {
        var next = new Memtable(_arena, Shards, MaxSeries);
        Memtable former = Active;
        Log.Begin(next);
        if (amidGroup)
        {
            Active = next;
            Put(1, 1, 1);
            Commit();
            Active = former;
            Put(0, 1, 1);
        }
        Assert.True(former.SealAndSwap(() => Active = next));
        _sealed.Add(former);
    }

    /// <summary>As if all sealed memtables were segments now.</summary>
    public void Flush()
    {
        foreach (Memtable memtable in _sealed)
        {
            _flushedThrough = memtable.Generation;
            memtable.Release();
        }
        _sealed.Clear();
        Log.Flushed(_flushedThrough);
    }

    /// <summary>As if every memtable were a segment now, the active one, too.</summary>
    public void FlushAll()
    {
        Seal();
        Flush();
    }

    /// <summary>Ends without a word to the log, as a dying process does, and starts anew.</summary>
    public void Restart(SimCrash kind)
    {
        Drop();
        Disk.Restart(kind);
        Open();
    }

    public void Stop(bool isFlushed)
    {
        if (isFlushed) FlushAll();
        Assert.True(Log.Stop(isFlushed));
    }

    public void Dispose()
    {
        Drop();
        _arena.Dispose();
    }

    private void Open()
    {
        Registry = new SeriesRegistry(MaxSeries, 8 << 20, new HashFunction(1));
        Folder = new LogFolder(Disk, Data, FileBytes);
        Recovered = new LogContents();
        Replayed = new LogReplay(Disk, Folder, Recovered, Precision.Microseconds, _flushedThrough).Run();
        Log = new WriteAheadLog(new LogOptions(Sync, SizeLimit, 8 << 20), Folder, Clock, NullLogger.Instance, Registry,
            _arena);
        Log.Continue(Replayed, Precision.Microseconds, _flushedThrough);
        Active = new Memtable(_arena, Shards, MaxSeries);
        Log.Begin(Active);
    }

    private void Drop()
    {
        Log.Dispose();
        foreach (Memtable memtable in _sealed) memtable.Release();
        _sealed.Clear();
        Active.Release();
        Registry.Dispose();
    }

    private void Enter()
    {
        _refusals.Clear();
        Assert.True(Active.TryBeginWrite(1));
    }

    private void Leave()
    {
        Active.EndWrite();
        Assert.Equal(0, _refusals.Points);
    }
}
