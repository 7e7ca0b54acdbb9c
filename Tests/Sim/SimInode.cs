using System;
using System.Collections.Generic;

namespace Slungd.Tests.Sim;

/// <summary>A file's content as the process sees it, what of it is durable, and every change between the two.</summary>
internal sealed class SimInode
{
    /// <summary>What a disk writes whole or not at all.</summary>
    public const int SectorBytes = 512;

    /// <param name="Offset">Where <paramref name="Bytes"/> were written; -1 when only the length changed.</param>
    /// <param name="Bytes">What.</param>
    /// <param name="Length">The file's length after it.</param>
    private sealed record Change(long Offset, byte[] Bytes, long Length);

    private SimPages _live = new(), _durable = new();
    private long _durableLength;
    private readonly List<Change> _changes = [];
    private readonly HashSet<long> _dirty = [];

    public long Length { get; private set; }

    /// <summary>Bytes that count against the disk's size.</summary>
    public long UsedBytes => Math.Max(_reserved, (long)_live.Count * SimPages.PageBytes);

    private long _reserved;

    public void Read(long offset, Span<byte> into) => _live.Read(offset, into);

    /// <summary>Returns how many pages became dirty by it: what the system will write to the device.</summary>
    public int Write(long offset, ReadOnlySpan<byte> bytes)
    {
        _live.Write(offset, bytes);
        Length = Math.Max(Length, offset + bytes.Length);
        _changes.Add(new Change(offset, bytes.ToArray(), Length));
        int before = _dirty.Count;
        for (long page = offset / SimPages.PageBytes; page * SimPages.PageBytes < offset + bytes.Length; page++)
            _dirty.Add(page);
        return _dirty.Count - before;
    }

    /// <summary>Pages that <see cref="Write"/> would add to those on the disk.</summary>
    public long GrowthBytes(long offset, int length)
    {
        return Math.Max(0, WholePages(offset + length) - Math.Max(_reserved, WholePages(Length)));
    }

    public void Reserve(long length)
    {
        _reserved = Math.Max(_reserved, length);
        if (length > Length) SetLength(length);
    }

    public void SetLength(long length)
    {
        if (length < Length)
        {
            _live.Cut(length);
            _reserved = Math.Min(_reserved, length);
        }
        Length = length;
        _changes.Add(new Change(-1, [], length));
    }

    public void Sync()
    {
        foreach (Change change in _changes) Apply(_durable, change, ref _durableLength);
        _changes.Clear();
        _dirty.Clear();
    }

    /// <summary>A sync failed: the system takes the pages for clean, and never writes them.</summary>
    public void ForgetChanges()
    {
        _changes.Clear();
        _dirty.Clear();
    }

    /// <summary>Each sector becomes what it was at some moment since the last sync, each for itself.</summary>
    public void CutPower(SimRandom random)
    {
        int habit = random.Below(4); // nothing, everything, or anything was written in time
        int Version() => habit switch { 0 => 0, 1 => _changes.Count, _ => random.Between(0, _changes.Count) };
        var kept = _durable.Copy();
        long length = _durableLength;
        int lengthVersion = Version();
        if (lengthVersion > 0) length = _changes[lengthVersion - 1].Length;
        var versions = new Dictionary<long, int>();
        for (int i = 0; i < _changes.Count; i++)
        {
            Change change = _changes[i];
            if (change.Offset < 0)
            {
                if (i < lengthVersion) kept.Cut(change.Length);
                continue;
            }
            for (int done = 0; done < change.Bytes.Length;)
            {
                long sector = (change.Offset + done) / SectorBytes;
                long left = (sector + 1) * SectorBytes - change.Offset - done;
                int count = (int)Math.Min(change.Bytes.Length - done, left);
                if (!versions.TryGetValue(sector, out int version)) versions.Add(sector, version = Version());
                if (i < version) kept.Write(change.Offset + done, change.Bytes.AsSpan(done, count));
                done += count;
            }
        }
        kept.Cut(length);
        (_durable, _durableLength) = (kept, length);
        (_live, Length) = (kept.Copy(), length);
        _changes.Clear();
        _dirty.Clear();
    }

    /// <summary>Damage that no checksum of the disk noticed.</summary>
    public void Flip(long offset, byte mask)
    {
        Span<byte> one = stackalloc byte[1];
        _live.Read(offset, one);
        one[0] ^= mask;
        _live.Write(offset, one);
        _durable.Read(offset, one);
        one[0] ^= mask;
        _durable.Write(offset, one);
    }

    private static long WholePages(long bytes) =>
        (bytes + SimPages.PageBytes - 1) / SimPages.PageBytes * SimPages.PageBytes;

    private static void Apply(SimPages pages, Change change, ref long length)
    {
        if (change.Offset >= 0) pages.Write(change.Offset, change.Bytes);
        else if (change.Length < length) pages.Cut(change.Length);
        length = change.Length;
    }
}
