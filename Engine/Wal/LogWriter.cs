using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Engine.Wal;

/// <summary>Writes frames into one file after the other. A file holds points of one memtable only; the next one begins
/// when that is sealed, or when the file is full. Where syncs come at intervals, a sealed memtable's file waits for the
/// next one: in bulk its points are in a segment before that, and none of it need ever reach the disk. One thread.
/// </summary>
/// <param name="folder">Where the files are.</param>
/// <param name="series">Numbers of series in the file.</param>
/// <param name="clock">For figures, and the age of what is not durable.</param>
/// <param name="mayWait">Whether a file may wait for its sync when the next one begins.</param>
internal sealed class LogWriter(LogFolder folder, SeriesTable series, TimeProvider clock, bool mayWait) : IDisposable
{
    /// <summary>Files that wait for a sync; flushes keep up, or one comes for each of them.</summary>
    private const int MaxWaiting = 4;

    private sealed record Waiting(IDiskFile File, ulong Number, ulong Generation, long Bytes, long Since);

    /// <summary>A frame is not begun in the last part of a file: it should fit into what was reserved.</summary>
    private readonly long _fullAt = folder.FileBytes - Math.Min(folder.FileBytes / 4, 2 * LogFormat.FrameBytes);
    private readonly byte[] _header = new byte[LogFormat.HeaderSize];
    private readonly byte[] _padding = new byte[LogFormat.PageBytes];
    private IDiskFile? _file;
    private LogHeader _current;
    private LogHeader _previous; // number 0: none
    private long _previousEnd;
    private bool _previousIsUneven;
    private bool _previousIsUnsynced;
    private readonly List<Waiting> _waiting = []; // by generation
    private long _unsyncedSince; // in the file; 0: nothing but perhaps its header
    private ulong _lastNumber;

    public Precision Precision { get; set; }

    /// <summary>The file's number; 0 without one.</summary>
    public ulong Number => _file is null ? 0 : _current.Number;

    /// <summary>The generation of the file, or of the last one.</summary>
    public ulong Generation => _current.Generation;

    /// <summary>Bytes used in the file, and in those that wait for a sync.</summary>
    public long UsedBytes
    {
        get
        {
            long sum = _file is null ? 0 : End;
            foreach (Waiting file in _waiting) sum += file.Bytes;
            return sum;
        }
    }

    /// <summary>When the oldest point was written that is not durable, in the clock's ticks; 0: all are.</summary>
    public long UnsyncedSince => _waiting.Count > 0 ? _waiting[0].Since : _unsyncedSince;

    /// <summary>Where the next frame goes.</summary>
    public long End { get; private set; }

    /// <summary>Up to here everything in the file is durable.</summary>
    public long SyncedEnd { get; private set; }

    /// <summary>Of the file.</summary>
    public long UnsyncedBytes => _file is null ? 0 : End - SyncedEnd;

    /// <summary>Bytes given to the disk since the start, headers included.</summary>
    public long WrittenBytes { get; private set; }

    public long Syncs { get; private set; }

    /// <summary>How long the syncs took, in the clock's ticks.</summary>
    public long SyncTicks { get; private set; }

    /// <summary>What is there from before this start.</summary>
    public void Continue(ReplayResult replayed)
    {
        (_previous, _previousEnd, _previousIsUneven) = (replayed.Last, replayed.LastEnd, replayed.IsLastUneven);
        _lastNumber = replayed.LastNumber;
    }

    /// <summary>Makes sure that there is a file for this generation with room for a frame. The numbers of series are
    /// those of the file, so this must come before any of them is used.</summary>
    public void Prepare(ulong generation)
    {
        if (_file is not null && _current.Generation != generation && mayWait && _waiting.Count < MaxWaiting
            && _unsyncedSince != 0) LetWait();
        else if (_file is not null && (_current.Generation != generation || End >= _fullAt)) Close();
        if (_file is null) Begin(generation);
    }

    /// <summary>Writes a frame, made for <see cref="Number"/> and the place.</summary>
    /// <param name="at">Its place: <see cref="End"/>, or that of the last frame, which it replaces.</param>
    /// <param name="frame">Its bytes.</param>
    public void Write(long at, ReadOnlySpan<byte> frame)
    {
        Invariant.Check(_file is not null);
        Invariant.Check(at >= SyncedEnd && at <= End); // what is durable is never touched again
        _file.WriteAt(at, frame);
        End = at + frame.Length;
        WrittenBytes += frame.Length;
        if (_unsyncedSince == 0) _unsyncedSince = Math.Max(1, clock.GetTimestamp());
        if (UnsyncedBytes >= LogFormat.MaxUnsyncedBytes) Sync();
    }

    /// <summary>Fills the last page of what is not durable yet, for a sync to follow: so that no later sync has to
    /// write that page once more. What was written last must not be replaced any more.</summary>
    public void FillPage()
    {
        int room = (int)(-End & LogFormat.PageBytes - 1);
        if (UnsyncedBytes == 0 || room < FrameHeader.MaxBytes + 2) return;
        int bodyLength = room - FrameHeader.SizeFor(room);
        if (FrameHeader.SizeFor(bodyLength) + bodyLength != room) bodyLength++; // a shorter length takes a byte less
        if (FrameHeader.SizeFor(bodyLength) + bodyLength != room) return;
        Span<byte> frame = _padding.AsSpan(0, room);
        frame.Clear(); // no flags, one block of padding
        FrameHeader.Write(frame, bodyLength, Number, End);
        Write(End, frame);
    }

    /// <summary>Makes everything durable, in its order.</summary>
    public void Sync()
    {
        while (_waiting.Count > 0)
        {
            Sync(_waiting[0].File);
            EndWaiting(0, LogFileFate.Reuse);
        }
        if (_file is null || SyncedEnd == End) return;
        Sync(_file);
        SyncedEnd = End;
        _unsyncedSince = 0;
    }

    /// <summary>Ends the file, so that the next frame begins another one.</summary>
    public void Close()
    {
        if (_file is null) return;
        Sync();
        Leave(LogFileFate.Reuse);
    }

    /// <summary>Ends the files whose points are in segments by now, synced or not.</summary>
    /// <param name="throughGeneration">Up to this generation they are.</param>
    /// <returns>Whether there were any.</returns>
    public bool Abandon(ulong throughGeneration)
    {
        bool any = false;
        for (; _waiting.Count > 0 && _waiting[0].Generation <= throughGeneration; any = true)
            EndWaiting(0, LogFileFate.Reuse);
        if (_file is null || _current.Generation > throughGeneration) return any;
        Leave(LogFileFate.Reuse);
        return true;
    }

    /// <summary>Ends files that could not be written or synced: nobody knows what is in them behind the last sync. What
    /// is before may still be needed after a crash.</summary>
    public void Condemn()
    {
        while (_waiting.Count > 0) EndWaiting(0, LogFileFate.Remove);
        if (_file is not null) Leave(LogFileFate.Remove);
    }

    public void Dispose()
    {
        foreach (Waiting file in _waiting) file.File.Dispose();
        _waiting.Clear();
        _file?.Dispose();
        _file = null;
    }

    private void Sync(IDiskFile file)
    {
        long start = clock.GetTimestamp();
        file.SyncData();
        Syncs++;
        SyncTicks += clock.GetTimestamp() - start;
    }

    private void LetWait()
    {
        _waiting.Add(new Waiting(_file!, _current.Number, _current.Generation, End, _unsyncedSince));
        _file = null;
        (_previous, _previousEnd, _previousIsUneven, _previousIsUnsynced) = (_current, End, false, true);
        _unsyncedSince = 0;
    }

    private void EndWaiting(int index, LogFileFate fate)
    {
        Waiting file = _waiting[index];
        _waiting.RemoveAt(index);
        file.File.Dispose();
        folder.Keep(file.Number, file.Generation, file.Bytes, fate);
    }

    private void Leave(LogFileFate fate)
    {
        _file!.Dispose();
        _file = null;
        _unsyncedSince = 0;
        folder.Keep(_current.Number, _current.Generation, End, fate);
        if (fate == LogFileFate.Remove && SyncedEnd == 0) return; // perhaps there is not even a file
        _previous = _current;
        _previousEnd = fate == LogFileFate.Reuse ? End : SyncedEnd;
        _previousIsUneven = _previousIsUnsynced = false;
    }

    private void Begin(ulong generation)
    {
        Invariant.Check(generation >= _previous.Generation);
        ulong number = _lastNumber + 1;
        _lastNumber = number; // used, whatever becomes of it
        _file = folder.Begin(number);
        _current = new LogHeader(number, generation, Precision, _previous.Number, _previous.Generation, _previousEnd,
            _previousIsUneven, _previousIsUnsynced);
        series.ForgetNumbers();
        _current.Write(_header);
        SyncedEnd = 0;
        End = LogFormat.HeaderSize;
        _file.WriteAt(0, _header);
        WrittenBytes += LogFormat.HeaderSize;
    }
}
