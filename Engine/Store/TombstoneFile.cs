using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Native.Bits;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>`tombstones`: the deletes that segments may still hold points of (docs/formats/tombstones.md). Replaced as
/// a whole: a crash leaves the former file or the new one.
/// <code>
/// magic SLT01 | u8 spare | u16 version | u64 length | u64 last number | u64 log through | u32 ranges | u32 series |
/// ranges of all series x range | series x ( varint key length | key | varint ranges | ranges x range ) | u32 crc32c
/// range = i64 start | i64 end | u64 number
/// </code></summary>
internal static class TombstoneFile
{
    public const string Name = "tombstones";
    public const string Temporary = ".tmp";
    public const int Version = 1;

    private const int HeaderSize = 40;
    private const int RangeSize = 24;
    private const int ChecksumSize = 4;
    private const int BufferBytes = 64 * 1024;

    public static ReadOnlySpan<byte> Magic => "SLT01"u8;

    /// <summary>Writes the file anew under another name. When this fails, the former one is untouched.</summary>
    /// <param name="disk">The world.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="set">What the file says.</param>
    /// <param name="logThrough">Generations of the log up to this one must never be read again: their points are in
    /// segments, or were and are deleted.</param>
    /// <param name="registry">The keys of the series.</param>
    /// <exception cref="DiskException">That failed.</exception>
    public static void Prepare(IDisk disk, string directory, TombstoneSet set, ulong logThrough,
        SeriesRegistry registry)
    {
        using IDiskFile file = disk.Create(directory + "/" + Name + Temporary);
        new Writer(file, registry).Write(set, logThrough);
        file.Sync();
    }

    /// <summary>Puts it in the place of the former one. When this fails, nobody knows which of the two is there after a
    /// crash.</summary>
    /// <exception cref="DiskException">That failed.</exception>
    public static void Replace(IDisk disk, string directory)
    {
        disk.Rename(directory + "/" + Name + Temporary, directory + "/" + Name);
        disk.SyncDirectory(directory);
    }

    /// <summary>Reads a file's bytes. Series that nobody knows are left out: no segment holds points of them.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="registry">The series; null: only checks.</param>
    /// <param name="set">What the file says.</param>
    /// <param name="logThrough">As in <see cref="Prepare"/>.</param>
    /// <returns>Null, or what is wrong with it.</returns>
    /// <exception cref="StoreOpenException">A newer program wrote it.</exception>
    public static string? Read(ReadOnlySpan<byte> bytes, SeriesRegistry? registry, out TombstoneSet set,
        out ulong logThrough)
    {
        set = TombstoneSet.Empty;
        logThrough = 0;
        if (bytes.Length < HeaderSize + ChecksumSize || !bytes.StartsWith(Magic)) return "it has no header";
        ReadOnlySpan<byte> body = bytes[..^ChecksumSize];
        if (Crc32C.Of(body) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[^ChecksumSize..])) return "checksum";
        int version = BinaryPrimitives.ReadUInt16LittleEndian(body[6..]);
        if (version > Version) throw new StoreOpenException(
            $"the file {Name} has version {version}; this program knows up to {Version}: use a newer one");
        if (version != Version || BinaryPrimitives.ReadUInt64LittleEndian(body[8..]) != (ulong)bytes.Length)
            return "version or length";
        ulong lastNumber = BinaryPrimitives.ReadUInt64LittleEndian(body[16..]);
        logThrough = BinaryPrimitives.ReadUInt64LittleEndian(body[24..]);
        var found = new List<Tombstone>();
        return TryReadRanges(body, lastNumber, registry, found) && TryOrder(found, lastNumber, out set)
            ? null : "its ranges make no sense";
    }

    private static bool TryReadRanges(ReadOnlySpan<byte> body, ulong lastNumber, SeriesRegistry? registry,
        List<Tombstone> into)
    {
        uint everywhere = BinaryPrimitives.ReadUInt32LittleEndian(body[32..]);
        uint series = BinaryPrimitives.ReadUInt32LittleEndian(body[36..]);
        int at = HeaderSize;
        if (!TryRead(body, ref at, everywhere, SeriesId.None, isKnown: true, lastNumber, into)) return false;
        for (; series > 0; series--)
        {
            if (!Varint.TryRead(body, ref at, out ulong length) || length > (ulong)(body.Length - at)) return false;
            SeriesId id = SeriesId.None;
            bool isKnown = registry?.TryFindCanonical(body.Slice(at, (int)length), out id) ?? false;
            at += (int)length;
            if (!Varint.TryRead(body, ref at, out ulong count)) return false;
            if (!TryRead(body, ref at, count, id, isKnown, lastNumber, into)) return false;
        }
        return at == body.Length;
    }

    private static bool TryRead(ReadOnlySpan<byte> body, ref int at, ulong count, SeriesId series, bool isKnown,
        ulong lastNumber, List<Tombstone> into)
    {
        if (count > (ulong)(body.Length - at) / RangeSize) return false;
        for (; count > 0; count--, at += RangeSize)
        {
            var range = new TimeRange(BinaryPrimitives.ReadInt64LittleEndian(body[at..]),
                BinaryPrimitives.ReadInt64LittleEndian(body[(at + 8)..]));
            ulong number = BinaryPrimitives.ReadUInt64LittleEndian(body[(at + 16)..]);
            if (range.IsEmpty || number > lastNumber) return false;
            if (isKnown) into.Add(new Tombstone(series, range, number));
        }
        return true;
    }

    private static bool TryOrder(List<Tombstone> found, ulong lastNumber, out TombstoneSet set)
    {
        set = TombstoneSet.Empty;
        found.Sort(static (a, b) => a.Series == b.Series ? a.Range.Start.CompareTo(b.Range.Start)
            : a.Series.Value.CompareTo(b.Series.Value));
        for (int i = 1; i < found.Count; i++)
            if (!TombstoneSet.InOrder(found[i - 1], found[i])) return false;
        set = new TombstoneSet([.. found], lastNumber);
        return true;
    }

    /// <summary>Writes through one buffer, with the checksum of all.</summary>
    private sealed class Writer(IDiskFile file, SeriesRegistry registry)
    {
        private byte[] _buffer = new byte[BufferBytes];
        private byte[] _key = [];
        private int _filled;
        private long _written;
        private uint _checksum;

        public void Write(TombstoneSet set, ulong logThrough)
        {
            ReadOnlySpan<Tombstone> everywhere = set.Of(SeriesId.None);
            ReadOnlySpan<Tombstone> rest = set.All[..^everywhere.Length];
            long length = HeaderSize + RangeSize * (long)everywhere.Length + ChecksumSize;
            length += Measure(rest, out int series);
            Span<byte> header = Room(HeaderSize);
            header.Clear();
            Magic.CopyTo(header);
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], Version);
            BinaryPrimitives.WriteInt64LittleEndian(header[8..], length);
            BinaryPrimitives.WriteUInt64LittleEndian(header[16..], set.LastNumber);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], logThrough);
            BinaryPrimitives.WriteInt32LittleEndian(header[32..], everywhere.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[36..], series);
            foreach (Tombstone tombstone in everywhere) Add(tombstone);
            while (rest.Length > 0)
            {
                int count = CountOfFirst(rest);
                ReadOnlySpan<byte> key = registry.CanonicalBytesOf(rest[0].Series, ref _key);
                Number(key.Length);
                key.CopyTo(Room(key.Length));
                Number(count);
                foreach (Tombstone tombstone in rest[..count]) Add(tombstone);
                rest = rest[count..];
            }
            WriteOut();
            BinaryPrimitives.WriteUInt32LittleEndian(Room(ChecksumSize), _checksum);
            WriteOut();
        }

        private long Measure(ReadOnlySpan<Tombstone> rest, out int series)
        {
            long bytes = 0;
            for (series = 0; rest.Length > 0; series++)
            {
                int count = CountOfFirst(rest);
                int key = registry.CanonicalBytesOf(rest[0].Series, ref _key).Length;
                bytes += Varint.LengthOf((ulong)key) + key + Varint.LengthOf((ulong)count) + RangeSize * (long)count;
                rest = rest[count..];
            }
            return bytes;
        }

        private static int CountOfFirst(ReadOnlySpan<Tombstone> rest)
        {
            int count = 1;
            while (count < rest.Length && rest[count].Series == rest[0].Series) count++;
            return count;
        }

        private void Add(Tombstone tombstone)
        {
            Span<byte> into = Room(RangeSize);
            BinaryPrimitives.WriteInt64LittleEndian(into, tombstone.Range.Start);
            BinaryPrimitives.WriteInt64LittleEndian(into[8..], tombstone.Range.End);
            BinaryPrimitives.WriteUInt64LittleEndian(into[16..], tombstone.Number);
        }

        private void Number(int value) => Varint.Write(Room(Varint.LengthOf((ulong)value)), (ulong)value);

        private Span<byte> Room(int bytes)
        {
            if (_buffer.Length - _filled < bytes) WriteOut();
            if (_buffer.Length < bytes) _buffer = new byte[bytes];
            _filled += bytes;
            return _buffer.AsSpan(_filled - bytes, bytes);
        }

        private void WriteOut()
        {
            if (_filled == 0) return;
            ReadOnlySpan<byte> bytes = _buffer.AsSpan(0, _filled);
            _checksum = Crc32C.Append(_checksum, bytes);
            file.WriteAt(_written, bytes);
            _written += _filled;
            _filled = 0;
        }
    }
}
