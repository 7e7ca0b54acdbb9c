using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Engine.Notes;

/// <summary>The metadata of metric families: the newest of each, at most so many families. Any thread.
/// A record of its file, `metadata`: `u8 type | u16 family_len | family | u16 unit_len | unit | help`.</summary>
/// <param name="maxFamilies">Further ones are ignored.</param>
/// <param name="maxBytes">Of all of them together, in memory; what is beyond is ignored.</param>
internal sealed class MetadataStore(int maxFamilies, long maxBytes = long.MaxValue) : IDisposable
{
    private const int FamilyBytes = 160; // objects and table, besides the texts
    private const int MaxNameBytes = 1024;
    private const int MaxHelpBytes = 4096; // longer ones are cut
    private const int SpareBytes = 64 * 1024; // of outdated records, before they are worth a new file

    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], Entry> _families = new(BytesComparer.Instance);
    private readonly byte[] _record = new byte[5 + 2 * MaxNameBytes + MaxHelpBytes];
    private NoteLog? _log;
    private long _liveBytes;
    private long _version;

    /// <summary>Grows whenever a family's metadata changes.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Reads the file of a data directory, and keeps what comes in it from now on. What was set before stays.
    /// </summary>
    /// <returns>False when the file was damaged; see <see cref="NoteLog.Open"/>.</returns>
    public bool Open(IDisk disk, string directory)
    {
        lock (_lock)
        {
            Invariant.Check(_log is null); // what is read is not appended again; if the disk fails, it stays in memory
            return NoteLog.Open(disk, directory, NoteFile.Metadata, Take, out _log);
        }
    }

    /// <summary>Sets what is known of a family; allocates only for news. Texts that are too long are cut.</summary>
    public void Set(ReadOnlySpan<byte> family, MetricType type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit)
    {
        if (family.IsEmpty || family.Length > MaxNameBytes || unit.Length > MaxNameBytes) return;
        help = Cut(help);
        lock (_lock)
        {
            bool isKnown = _families.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(family, out Entry entry);
            bool isSame = isKnown && entry.Type == type && help.SequenceEqual(entry.Help)
                && unit.SequenceEqual(entry.Unit);
            if (isSame) return;
            if (!isKnown && _families.Count >= maxFamilies) return;
            int formerBytes = isKnown ? Entry.Bytes(family, entry.Help, entry.Unit) : 0;
            int bytes = Entry.Bytes(family, help, unit);
            if (_liveBytes - formerBytes + bytes + (_families.Count + 1L) * FamilyBytes > maxBytes) return;
            entry = new Entry(type, help.ToArray(), unit.ToArray());
            _liveBytes += bytes - formerBytes;
            Volatile.Write(ref _version, _version + 1);
            _families.GetAlternateLookup<ReadOnlySpan<byte>>()[family] = entry;
            _log?.Append(Encode(family, entry));
        }
    }

    /// <summary>Sets one part; the others stay, or are unknown.</summary>
    public void SetType(ReadOnlySpan<byte> family, MetricType type)
    {
        Entry known = Find(family);
        Set(family, type, known.Help, known.Unit);
    }

    /// <inheritdoc cref="SetType"/>
    public void SetHelp(ReadOnlySpan<byte> family, ReadOnlySpan<byte> help)
    {
        Entry known = Find(family);
        Set(family, known.Type, help, known.Unit);
    }

    /// <inheritdoc cref="SetType"/>
    public void SetUnit(ReadOnlySpan<byte> family, ReadOnlySpan<byte> unit)
    {
        Entry known = Find(family);
        Set(family, known.Type, known.Help, unit);
    }

    /// <summary>Adds the families to <paramref name="into"/>, in no order.</summary>
    /// <param name="into">Receives them.</param>
    /// <param name="family">Only this one; null for all.</param>
    /// <param name="limit">At most so many.</param>
    public void Read(List<(string Family, MetricMetadata Metadata)> into, string? family, int limit)
    {
        lock (_lock)
        {
            if (family is not null)
            {
                if (limit > 0 && _families.TryGetValue(Encoding.UTF8.GetBytes(family), out Entry entry))
                    into.Add((family, entry.Show()));
                return;
            }
            foreach ((byte[] name, Entry entry) in _families)
            {
                if (into.Count >= limit) return;
                into.Add((Encoding.UTF8.GetString(name), entry.Show()));
            }
        }
    }

    /// <summary>Makes everything durable. Call now and then.</summary>
    /// <exception cref="DiskException">The disk fails; the next call tries again.</exception>
    public void Sync()
    {
        lock (_lock)
        {
            if (_log is null) return;
            if (_log.IsOutgrown || _log.Bytes > 2 * _liveBytes + SpareBytes) _log.Rewrite(WriteAll);
            else _log.Sync();
        }
    }

    public void Dispose() => _log?.Dispose();

    private Entry Find(ReadOnlySpan<byte> family)
    {
        lock (_lock)
        {
            return _families.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(family, out Entry known) ? known
                : new Entry(MetricType.Unknown, [], []);
        }
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> help)
    {
        if (help.Length <= MaxHelpBytes) return help;
        int length = MaxHelpBytes;
        while (length > 0 && (help[length] & 0xc0) == 0x80) length--; // not inside a character
        return help[..length];
    }

    private void WriteAll()
    {
        foreach ((byte[] name, Entry entry) in _families) _log!.Append(Encode(name, entry));
    }

    private ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> family, Entry entry)
    {
        Span<byte> to = _record;
        to[0] = (byte)entry.Type;
        int at = 1;
        at += WriteText(to[at..], family);
        at += WriteText(to[at..], entry.Unit);
        entry.Help.CopyTo(to[at..]);
        return to[..(at + entry.Help.Length)];
    }

    private void Take(ReadOnlySpan<byte> record)
    {
        if (record.IsEmpty || record[0] > (byte)MetricType.StateSet) return; // of a later version
        MetricType type = (MetricType)record[0];
        ReadOnlySpan<byte> rest = record[1..];
        if (TryReadText(ref rest, out var family) && TryReadText(ref rest, out var unit)) Set(family, type, rest, unit);
    }

    private static int WriteText(Span<byte> to, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)text.Length);
        text.CopyTo(to[2..]);
        return 2 + text.Length;
    }

    private static bool TryReadText(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (rest.Length < 2) return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        if (rest.Length < 2 + length) return false;
        text = rest.Slice(2, length);
        rest = rest[(2 + length)..];
        return true;
    }

    private readonly record struct Entry(MetricType Type, byte[] Help, byte[] Unit)
    {
        /// <summary>What its record takes in the file.</summary>
        public static int Bytes(ReadOnlySpan<byte> family, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit) =>
            8 + 5 + family.Length + unit.Length + help.Length;

        public MetricMetadata Show() => new(Type, Encoding.UTF8.GetString(Help), Encoding.UTF8.GetString(Unit));
    }
}
