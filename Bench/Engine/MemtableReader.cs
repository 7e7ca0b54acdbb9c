using System;
using System.Collections.Generic;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;

namespace Slungd.Bench.Engine;

/// <summary>One memtable of float series as an <see cref="ISeriesReader"/>: the blocks the store would give for points
/// in memory, without the store.</summary>
internal sealed class MemtableReader(Memtable memtable, SeriesKey[] keys) : ISeriesReader
{
    public Precision Precision => Precision.Microseconds;

    public SeriesView OpenView() => new View(memtable, keys);

    private sealed class View(Memtable memtable, SeriesKey[] keys) : SeriesView
    {
        public override void Select(SeriesSelector selector, TimeRange range, List<SeriesId> into)
        {
            for (uint i = 0; i < keys.Length; i++)
                if (selector.Matches(keys[i])) into.Add(new SeriesId(i));
        }

        public override SeriesKey KeyOf(SeriesId series) => keys[series.Value];

        public override ValueFamily FamilyOf(SeriesId series) => ValueFamily.Float;

        public override SeriesCursor Open(SeriesId series, TimeRange range, bool acceptSummaries, SeriesCursor? reuse)
        {
            Cursor cursor = reuse as Cursor ?? new Cursor();
            memtable.Snapshot(series, range, cursor.Blocks);
            cursor.Rewind();
            return cursor;
        }

        public override void Dispose()
        {
        }
    }

    private sealed class Cursor : SeriesCursor
    {
        private int _block;

        public BlockList Blocks { get; } = new();

        public override ValueFamily Family => ValueFamily.Float;

        public override ReadOnlySpan<long> Timestamps => Blocks.Timestamps(_block);

        public override ReadOnlySpan<ulong> Values => Blocks.Values(_block);

        public void Rewind() => _block = -1;

        public override bool MoveNext() => ++_block < Blocks.Count;

        public override ReadOnlySpan<byte> PayloadAt(int index) => throw new NotSupportedException();

        public override void Dispose() => Blocks.Dispose();
    }
}
