using System;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Engine.Wal;

/// <summary>Sorts what lies in a window of staged writes by series, each series' pieces in their order. A piece is a
/// row or a column. Reused; one thread.</summary>
internal sealed class PieceTable(SeriesTable series)
{
    private const int SlabShift = 16;
    private const int ColumnBit = 1 << 30;

    private struct Piece
    {
        public uint Next; // one higher; 0 ends the list
        public int Source; // slab, byte in the slab, ColumnBit
    }

    private Piece[] _pieces = new Piece[256];
    private uint[] _series = new uint[64];
    private uint _pieceCount;
    private int _seriesCount;

    /// <summary>The series in the window, in the order of their first pieces.</summary>
    public ReadOnlySpan<uint> Series => _series.AsSpan(0, _seriesCount);

    /// <summary>Takes in a window.</summary>
    public void Fill(SlabWindow window)
    {
        Invariant.Check(window.Count <= SlabWindow.MaxSlabs && _seriesCount == 0);
        for (int slab = 0; slab < window.Count; slab++)
        {
            ReadOnlySpan<byte> items = window[slab];
            for (int at = 0; at < items.Length;)
            {
                ref readonly StageRecord record = ref Reinterpret.As<StageRecord>(items[at..]);
                int source = slab << SlabShift | at;
                if (record.Kind == StageKind.Rows) AddRows(items, source, at, record.Count);
                else Add(record.Series, source | ColumnBit);
                at += StageRecord.Bytes + record.BodyBytes;
            }
        }
    }

    /// <summary>Forgets the window.</summary>
    public void Clear()
    {
        foreach (uint id in Series) series[id].FirstPiece = 0;
        _pieceCount = 0;
        _seriesCount = 0;
    }

    /// <summary>A series' first piece; others follow by <see cref="Next"/>.</summary>
    public uint First(uint id) => series[id].FirstPiece;

    /// <summary>0 at the end.</summary>
    public uint Next(uint piece) => _pieces[piece - 1].Next;

    /// <summary>True when the piece is a column; then <paramref name="record"/> says which, and
    /// <paramref name="body"/> holds it.</summary>
    public bool IsColumn(uint piece, SlabWindow window, out StageRecord record, out ReadOnlySpan<byte> body)
    {
        int source = _pieces[piece - 1].Source;
        body = At(source, window);
        record = default;
        if ((source & ColumnBit) == 0) return false;
        record = Reinterpret.As<StageRecord>(body);
        body = body[StageRecord.Bytes..];
        return true;
    }

    /// <summary>The row of a piece that is one.</summary>
    public ref readonly EventRow Row(uint piece, SlabWindow window) =>
        ref Reinterpret.As<EventRow>(At(_pieces[piece - 1].Source, window));

    private static ReadOnlySpan<byte> At(int source, SlabWindow window) =>
        window[(source & ~ColumnBit) >> SlabShift][(source & (1 << SlabShift) - 1)..];

    private void AddRows(ReadOnlySpan<byte> items, int source, int at, int count)
    {
        ReadOnlySpan<EventRow> rows = Reinterpret.AsMany<EventRow>(items.Slice(at + StageRecord.Bytes,
            count * StageRecord.RowBytes));
        source += StageRecord.Bytes;
        foreach (ref readonly EventRow row in rows)
        {
            Add(row.Series.Value, source);
            source += StageRecord.RowBytes;
        }
    }

    private void Add(uint id, int source)
    {
        if (_pieceCount == _pieces.Length) Array.Resize(ref _pieces, _pieces.Length * 2);
        _pieces[_pieceCount++] = new Piece { Source = source };
        ref SeriesTable.Slot slot = ref series[id];
        if (slot.FirstPiece == 0)
        {
            slot.FirstPiece = _pieceCount;
            if (_seriesCount == _series.Length) Array.Resize(ref _series, _series.Length * 2);
            _series[_seriesCount++] = id;
        }
        else _pieces[slot.LastPiece - 1].Next = _pieceCount;
        slot.LastPiece = _pieceCount;
    }
}
