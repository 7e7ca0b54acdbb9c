using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Engine.Wal;

/// <summary>What became of the bytes at the start of a file.</summary>
internal enum LogHeaderState : byte
{
    /// <summary>A header of this file.</summary>
    Begun,
    /// <summary>A sound header of another file, or only zeros: the file was made ready, and nothing was ever written
    /// to it under this name.</summary>
    Unused,
    /// <summary>Anything else.</summary>
    Damaged,
    /// <summary>Written by a newer program.</summary>
    Newer,
}

/// <summary>The first 64 bytes of a log file.</summary>
/// <param name="Number">The number in the file's name. Never used again in a data directory while files of the log
/// exist; frames carry it in their checksums.</param>
/// <param name="Generation">The memtable whose points are in the file; never goes back.</param>
/// <param name="Precision">The store's.</param>
/// <param name="PreviousNumber">The file before this one, 0 for none.</param>
/// <param name="PreviousGeneration">Its generation: when that one is flushed the file may be gone.</param>
/// <param name="PreviousEnd">How many of its bytes count; all of them were durable when this file was begun,
/// unless it is unsynced.</param>
/// <param name="PreviousIsUneven">It has a hole that was known by then, as a power cut may leave it: no new damage.
/// </param>
/// <param name="PreviousIsUnsynced">The end of it was not durable when this file was begun: what a power cut took from
/// it is no damage.</param>
internal readonly record struct LogHeader(ulong Number, ulong Generation, Precision Precision, ulong PreviousNumber,
    ulong PreviousGeneration, long PreviousEnd, bool PreviousIsUneven, bool PreviousIsUnsynced = false)
{
    private const byte UnevenFlag = 1, UnsyncedFlag = 2;
    private const int Covered = LogFormat.HeaderSize - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "SLW01"u8;

    public void Write(Span<byte> into)
    {
        into = into[..LogFormat.HeaderSize];
        into.Clear();
        Magic.CopyTo(into);
        BinaryPrimitives.WriteUInt16LittleEndian(into[6..], LogFormat.Version);
        BinaryPrimitives.WriteUInt64LittleEndian(into[8..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(into[16..], Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(into[24..], PreviousNumber);
        BinaryPrimitives.WriteUInt64LittleEndian(into[32..], PreviousGeneration);
        BinaryPrimitives.WriteInt64LittleEndian(into[40..], PreviousEnd);
        into[48] = (byte)Precision;
        into[49] = (byte)((PreviousIsUneven ? UnevenFlag : 0) | (PreviousIsUnsynced ? UnsyncedFlag : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(into[Covered..], Crc32C.Of(into[..Covered]));
    }

    /// <summary>Reads the start of a file with this number in its name.</summary>
    /// <param name="from">The file's first bytes; fewer than a header when the file is shorter.</param>
    /// <param name="number">From the name.</param>
    /// <param name="header">Valid only when the state is Begun.</param>
    public static LogHeaderState Read(ReadOnlySpan<byte> from, ulong number, out LogHeader header)
    {
        header = default;
        if (!from.ContainsAnyExcept((byte)0)) return LogHeaderState.Unused;
        if (from.Length < LogFormat.HeaderSize || !from.StartsWith(Magic)) return LogHeaderState.Damaged;
        if (Crc32C.Of(from[..Covered]) != BinaryPrimitives.ReadUInt32LittleEndian(from[Covered..]))
            return LogHeaderState.Damaged;
        if (BinaryPrimitives.ReadUInt16LittleEndian(from[6..]) > LogFormat.Version) return LogHeaderState.Newer;
        if (BinaryPrimitives.ReadUInt64LittleEndian(from[8..]) != number) return LogHeaderState.Unused;
        header = new LogHeader(number, BinaryPrimitives.ReadUInt64LittleEndian(from[16..]), (Precision)from[48],
            BinaryPrimitives.ReadUInt64LittleEndian(from[24..]), BinaryPrimitives.ReadUInt64LittleEndian(from[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[40..]),
            (from[49] & UnevenFlag) != 0, (from[49] & UnsyncedFlag) != 0);
        return LogHeaderState.Begun;
    }
}
