using System.Runtime.InteropServices;

namespace Slungd.Engine.Memtables;

/// <summary>What follows a <see cref="StageRecord"/>.</summary>
internal enum StageKind
{
    /// <summary>EventRows. The bits of payload families locate the copy in the memtable.</summary>
    Rows,
    /// <summary>One series' timestamps, then its values.</summary>
    Column,
    /// <summary>One series' values; the timestamps are start, start + step, ...</summary>
    Regular,
    /// <summary><see cref="StageRun"/>s, then room for the timestamps of all of them, one behind the other, then for
    /// the values; the rest of the room is empty.</summary>
    Runs,
}

/// <summary>Whose points in a stage they are.</summary>
internal struct StageRun
{
    public const int Bytes = 8;

    public uint Series;
    public int Count;
}

/// <summary>The head of each item in a <see cref="WriteStage"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct StageRecord
{
    public const int Bytes = 32;
    public const int RowBytes = 24;    // an EventRow
    public const int ColumnBytes = 16; // a timestamp and a value
    public const int RegularBytes = 8; // a value

    public StageKind Kind;
    public int Count;
    public uint Series;
    public int Runs;
    public long Start;
    public long Step;

    /// <summary>Bytes behind the head.</summary>
    public readonly int BodyBytes => Runs * StageRun.Bytes + Count * Kind switch
    {
        StageKind.Rows => RowBytes,
        StageKind.Regular => RegularBytes,
        _ => ColumnBytes,
    };
}
