using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Native.Os;

namespace Slungd.Engine.Wal;

/// <summary>Reads the log after a crash: everything of the generations that no segment contains. One frame is in memory
/// at a time. The order of files is that of their numbers; each says how much of the one before it counts. What a
/// process wrote and did not sync before it died is made durable here: the next file will say that it is. Read-only it
/// just reads.</summary>
internal sealed class LogReplay(IDisk disk, LogFolder folder, ILogTarget target, Precision precision,
    ulong flushedThrough, bool isReadOnly = false)
{
    private sealed class Found
    {
        public required ulong Number { get; init; }
        public LogHeaderState State { get; init; }
        public LogHeader Header { get; set; }
        public long? KnownEnd { get; set; }
        public bool IsUneven { get; set; }
        public bool IsUnsynced { get; set; } // of what was written last nobody says that it is durable
    }

    private readonly PointBlock _block = new();
    private readonly List<SeriesId> _series = [];
    private readonly ReplayResult _result = new();
    private byte[] _key = [];

    /// <summary>Reads everything there is and gives it to the target. Files that are needed no longer become
    /// spares.</summary>
    /// <exception cref="LogVersionException">A newer program wrote the log.</exception>
    /// <exception cref="DiskException">It can't be read.</exception>
    public ReplayResult Run()
    {
        List<Found> files = Find();
        _result.LastNumber = folder.HighestNumber;
        _result.LastGeneration = flushedThrough;
        files = Sift(files);
        for (int i = 0; i < files.Count; i++) Link(files, i);
        foreach (Found file in files) Read(file);
        if (_result.Files > 0 && !isReadOnly) disk.SyncDirectory(folder.Path);
        return _result;
    }

    private List<Found> Find()
    {
        var files = new List<Found>();
        Span<byte> start = stackalloc byte[LogFormat.HeaderSize];
        foreach (ulong number in folder.Open())
        {
            using IDiskFile file = disk.OpenRead(folder.PathOf(number));
            int read = file.ReadAt(0, start);
            if (read < Math.Min(start.Length, file.Length))
                throw new DiskException(DiskFault.Failed, $"can't read the start of {folder.PathOf(number)}");
            LogHeaderState state = LogHeader.Read(start[..read], number, out LogHeader header);
            if (state == LogHeaderState.Newer) throw new LogVersionException(folder.PathOf(number));
            files.Add(new Found { Number = number, State = state, Header = header });
        }
        return files;
    }

    /// <summary>Only files with points that may be needed. What is older than a flushed file is flushed.</summary>
    private List<Found> Sift(List<Found> files)
    {
        var needed = new List<Found>();
        foreach (Found file in files)
        {
            if (file.State == LogHeaderState.Begun && file.Header.Generation <= flushedThrough)
            {
                foreach (Found older in needed) folder.Drop(older.Number, LogFileFate.Reuse);
                needed.Clear();
                folder.Drop(file.Number, LogFileFate.Reuse);
            }
            else if (file.State == LogHeaderState.Unused) folder.Drop(file.Number, LogFileFate.Reuse);
            else needed.Add(file);
        }
        return needed;
    }

    /// <summary>Learns from a file's header what came before it.</summary>
    private void Link(List<Found> files, int index)
    {
        Found file = files[index];
        LogHeader header = file.Header;
        if (file.State == LogHeaderState.Damaged)
        {
            ulong generation = index > 0 ? files[index - 1].Header.Generation : flushedThrough + 1;
            file.Header = new LogHeader(file.Number, generation, precision, 0, 0, 0, false);
            return;
        }
        if (files.Find(f => f.Number == header.PreviousNumber) is { } before)
        {
            (before.KnownEnd, before.IsUneven) = (header.PreviousEnd, header.PreviousIsUneven);
            before.IsUnsynced = header.PreviousIsUnsynced;
            if (before.State == LogHeaderState.Damaged)
                before.Header = before.Header with { Generation = header.PreviousGeneration };
            return;
        }
        if (header.PreviousEnd <= LogFormat.HeaderSize || header.PreviousGeneration <= flushedThrough) return;
        if (header.PreviousIsUnsynced) return; // not even its header was durable
        _result.Holes.Add(new LogHole(folder.PathOf(header.PreviousNumber), 0, 0, true, "the file is missing"));
    }

    private void Read(Found found)
    {
        string path = folder.PathOf(found.Number);
        using IDiskFile file = isReadOnly ? disk.OpenRead(path) : disk.Open(path);
        var reader = new LogReader(file, path, found.Number, found.KnownEnd, found.IsUneven, found.IsUnsynced);
        int holesBefore = _result.Holes.Count;
        bool isDurable = found.KnownEnd is not null && !found.IsUnsynced, isSynced = isDurable;
        long syncedEnd = 0;
        long framesBefore = _result.Frames;
        _series.Clear();
        bool isForeign = found.State == LogHeaderState.Begun && found.Header.Precision != precision;
        if (!isForeign) target.BeginGeneration(found.Header.Generation);
        while (reader.MoveNext())
        {
            bool saysSynced = (reader.Body[0] & LogFormat.SyncedFlag) != 0;
            if (saysSynced) syncedEnd = reader.Offset;
            isSynced |= saysSynced && _result.Frames > framesBefore;
            _result.Frames++;
            _result.Bytes += reader.End - reader.Offset;
            if (!isForeign && TryApply(reader.Body, reader.End)) continue;
            _result.Holes.Add(new LogHole(path, reader.Offset, 0, true, isForeign
                ? "timestamps of another precision" : "a sound frame that makes no sense"));
        }
        _result.Holes.AddRange(reader.Holes);
        if (found.State == LogHeaderState.Damaged)
        {
            if (_result.Frames == framesBefore && _result.Holes.Count == holesBefore)
            {
                folder.Drop(found.Number, LogFileFate.Reuse); // begun, perhaps, but nothing was ever durable in it
                return;
            }
            _result.Holes.Add(new LogHole(path, 0, LogFormat.HeaderSize, isSynced, "no sound header"));
        }
        if (!isDurable && !isReadOnly) WriteAgain(file, syncedEnd, Math.Min(reader.End, file.Length));
        bool isDamaged = _result.Holes.FindIndex(holesBefore, static hole => hole.IsProven) >= 0;
        folder.Keep(found.Number, found.Header.Generation, reader.End,
            isDamaged ? LogFileFate.Quarantine : LogFileFate.Reuse);
        _result.Files++;
        (_result.Last, _result.LastEnd) = (found.Header, reader.End);
        _result.IsLastUneven = _result.Holes.Count > holesBefore;
        _result.LastGeneration = Math.Max(_result.LastGeneration, found.Header.Generation);
    }

    /// <summary>Makes durable what the log does not say is. A sync of the former process may have failed: then the
    /// system takes its pages for clean, shows them, and would never write them unless they are written to.</summary>
    private static void WriteAgain(IDiskFile file, long from, long to)
    {
        byte[] buffer = new byte[Math.Min(to - from, LogFormat.FrameBytes)];
        while (from < to)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from));
            if (file.ReadAt(from, piece) < piece.Length)
                throw new DiskException(DiskFault.Failed, "the log became shorter while it was read");
            file.WriteAt(from, piece);
            from += piece.Length;
        }
        file.SyncData();
    }

    private bool TryApply(ReadOnlySpan<byte> bytes, long fileBytes)
    {
        var body = new FrameBody(bytes);
        int keyLength = 0;
        while (body.NextDefinition(ref _key, ref keyLength, out uint reference, out ValueFamily family))
        {
            if (reference > fileBytes) return false; // more series than the file has bytes: a lie
            while (_series.Count <= reference) _series.Add(SeriesId.None);
            _series[(int)reference] = target.Define(_key.AsSpan(0, keyLength), family);
        }
        while (body.NextMark(out _))
        {
            // No frame comes from elsewhere yet: replaying what was applied changes nothing anyway.
        }
        while (body.NextBlock(_block)) Apply();
        return body.IsSound;
    }

    private void Apply()
    {
        int at = 0;
        for (int run = 0; run < _block.Runs; run++)
        {
            int count = _block.CountOf(run);
            uint reference = _block.ReferenceOf(run);
            SeriesId series = reference < (uint)_series.Count ? _series[(int)reference] : SeriesId.None;
            if (series == SeriesId.None) _result.LostPoints += count;
            else
            {
                _result.Points += count;
                target.Append(series, _block.Timestamps.Slice(at, count), _block.Values.Slice(at, count),
                    _block.HasPayload ? _block.Payload : default);
            }
            at += count;
        }
    }
}
