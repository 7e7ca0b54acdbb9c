using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Native.Os;

namespace Slungd.Engine.Wal;

/// <summary>Reads the log after a crash: everything of the generations that no segment contains. One frame is in memory
/// at a time. The order of files is that of their numbers; each says how much of the one before it counts. What a
/// process wrote and did not sync before it died is synced here: the next file will say that it is durable.</summary>
internal sealed class LogReplay(IDisk disk, LogFolder folder, ILogTarget target, Precision precision,
    ulong flushedThrough)
{
    private sealed class Found
    {
        public required ulong Number { get; init; }
        public LogHeaderState State { get; init; }
        public LogHeader Header { get; set; }
        public long? KnownEnd { get; set; }
        public bool IsUneven { get; set; }
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
        _result.LastNumber = files.Count > 0 ? files[^1].Number : 0;
        _result.LastGeneration = flushedThrough;
        files = Sift(files);
        for (int i = 0; i < files.Count; i++) Link(files, i);
        foreach (Found file in files) Read(file);
        if (_result.Files > 0) disk.SyncDirectory(folder.Path);
        return _result;
    }

    private List<Found> Find()
    {
        var files = new List<Found>();
        Span<byte> start = stackalloc byte[LogFormat.HeaderSize];
        foreach (ulong number in folder.List())
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
                foreach (Found older in needed) folder.AddSpare(older.Number);
                needed.Clear();
                folder.AddSpare(file.Number);
            }
            else if (file.State == LogHeaderState.Unused) folder.AddSpare(file.Number);
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
            if (before.State == LogHeaderState.Damaged)
                before.Header = before.Header with { Generation = header.PreviousGeneration };
            return;
        }
        if (header.PreviousEnd <= LogFormat.HeaderSize || header.PreviousGeneration <= flushedThrough) return;
        _result.Holes.Add(new LogHole(folder.PathOf(header.PreviousNumber), 0, 0, true, "the file is missing"));
    }

    private void Read(Found found)
    {
        string path = folder.PathOf(found.Number);
        using IDiskFile file = disk.Open(path);
        var reader = new LogReader(file, path, found.Number, found.KnownEnd, found.IsUneven);
        int holesBefore = _result.Holes.Count;
        bool isSynced = found.KnownEnd is not null;
        long framesBefore = _result.Frames;
        _series.Clear();
        bool isForeign = found.State == LogHeaderState.Begun && found.Header.Precision != precision;
        if (!isForeign) target.BeginGeneration(found.Header.Generation);
        while (reader.MoveNext())
        {
            isSynced |= (reader.Body[0] & LogFormat.SyncedFlag) != 0 && _result.Frames > framesBefore;
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
                folder.AddSpare(found.Number); // begun, perhaps, but nothing was ever durable in it
                return;
            }
            _result.Holes.Add(new LogHole(path, 0, LogFormat.HeaderSize, isSynced, "no sound header"));
        }
        file.SyncData();
        bool isDamaged = _result.Holes.FindIndex(holesBefore, static hole => hole.IsProven) >= 0;
        folder.Keep(found.Number, found.Header.Generation, reader.End,
            isDamaged ? LogFileFate.Quarantine : LogFileFate.Reuse);
        _result.Files++;
        (_result.Last, _result.LastEnd) = (found.Header, reader.End);
        _result.IsLastUneven = _result.Holes.Count > holesBefore;
        _result.LastGeneration = Math.Max(_result.LastGeneration, found.Header.Generation);
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
