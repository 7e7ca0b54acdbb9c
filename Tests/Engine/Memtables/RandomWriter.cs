using System;
using System.Collections.Generic;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;

namespace Slungd.Tests.Engine.Memtables;

/// <summary>Writes at random, the same into a memtable and its model: rows and columns, in order and out of it, with
/// duplicates, gaps that are filled later, and regular columns with any step.</summary>
internal sealed class RandomWriter(Random random, int series, int spread)
{
    private long _clock;

    public uint AnySeries() => (uint)random.Next(series) * 7;

    public TimeRange AnyRange()
    {
        if (random.Next(3) == 0) return TimeRange.All;
        long start = AnyTime();
        return new TimeRange(start, start + random.Next(spread));
    }

    public void Write(Memtable memtable, MemtableModel model, RefusalLog refusals)
    {
        switch (random.Next(5))
        {
            case 0:
                WriteRows(memtable, model, refusals);
                break;
            case 1:
                WriteColumn(memtable, model, refusals, random.Next(5));
                break;
            case 2:
                WriteRegular(memtable, model, refusals);
                break;
            case 3:
                WriteRuns(memtable, model, refusals);
                break;
            default:
                WriteColumn(memtable, model, refusals, 0);
                break;
        }
    }

    private long AnyTime() => _clock - random.Next(spread) + random.Next(spread / 8 + 1);

    private ulong AnyBits() => (ulong)random.NextInt64();

    private void WriteRows(Memtable memtable, MemtableModel model, RefusalLog refusals)
    {
        var rows = new EventRow[random.Next(1, random.Next(2, 2_500))];
        for (int i = 0; i < rows.Length; i++)
        {
            bool late = random.Next(10) == 0;
            long timestamp = late ? AnyTime() : ++_clock;
            rows[i] = new EventRow
            {
                Series = new SeriesId(AnySeries()), Timestamp = timestamp, Bits = AnyBits(), Family = ValueFamily.Float,
            };
            model.Put(rows[i].Series.Value, timestamp, rows[i].Bits);
        }
        memtable.AppendRows(rows, default, refusals);
    }

    private void WriteRuns(Memtable memtable, MemtableModel model, RefusalLog refusals)
    {
        var runs = new ColumnRun[random.Next(1, random.Next(2, 1_500))];
        var timestamps = new List<long>();
        var values = new List<ulong>();
        int longest = random.Next(3) switch { 0 => 1, 1 => 12, _ => random.Next(500) == 0 ? 5_000 : 40 };
        for (int i = 0; i < runs.Length && timestamps.Count < 20_000; i++)
        {
            uint id = AnySeries();
            runs[i] = new ColumnRun
            {
                Series = new SeriesId(id), Family = ValueFamily.Float, Count = random.Next(1, longest + 1),
            };
            for (int k = 0; k < runs[i].Count; k++)
            {
                timestamps.Add(random.Next(30) == 0 ? AnyTime() : ++_clock);
                values.Add(AnyBits());
                model.Put(id, timestamps[^1], values[^1]);
            }
        }
        memtable.AppendRuns(Array.FindAll(runs, static r => r.Count > 0), timestamps.ToArray(), values.ToArray(),
            refusals);
    }

    private void WriteColumn(Memtable memtable, MemtableModel model, RefusalLog refusals, int kind)
    {
        uint id = AnySeries();
        long[] timestamps = new long[random.Next(0, random.Next(2, 3_000))];
        ulong[] values = new ulong[timestamps.Length];
        long time = kind == 0 ? _clock : AnyTime();
        for (int i = 0; i < timestamps.Length; i++)
        {
            time = kind switch
            {
                0 or 1 => time + 1 + random.Next(3), // in order from now, or a backfill
                2 => time - 1,
                3 => AnyTime(),
                _ => random.Next(50) == 0 ? AnyTime() : time + random.Next(3),
            };
            timestamps[i] = time;
            values[i] = AnyBits();
            model.Put(id, time, values[i]);
        }
        if (kind == 0) _clock = time;
        memtable.AppendColumn(new SeriesId(id), timestamps, values, refusals);
    }

    private void WriteRegular(Memtable memtable, MemtableModel model, RefusalLog refusals)
    {
        uint id = AnySeries();
        ulong[] values = new ulong[random.Next(0, 3_000)];
        long step = random.Next(-2, 6);
        bool inOrder = random.Next(2) == 0;
        long start = inOrder ? _clock + 1 : AnyTime();
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = AnyBits();
            model.Put(id, start + i * step, values[i]);
        }
        if (inOrder && step > 0) _clock = start + step * values.Length;
        memtable.AppendRegular(new SeriesId(id), start, step, values, refusals);
    }
}
