using System;
using System.Collections.Generic;
using Slungd.Native.Os;

namespace Slungd.Engine.Wal;

/// <summary>Reads the frames of one log file in their order. Where none is, it looks for the next one, so that damage
/// costs only what is damaged. Holds one frame in memory.</summary>
/// <param name="file">The caller's, and stays so.</param>
/// <param name="path">For reports.</param>
/// <param name="number">From the file's name.</param>
/// <param name="knownEnd">How many of its bytes count, when the next file says so.</param>
/// <param name="isUneven">The next file says that this one has a hole which is no damage.</param>
/// <param name="isUnsynced">The next file says that the end of this one may never have reached the disk.</param>
internal sealed class LogReader(IDiskFile file, string path, ulong number, long? knownEnd = null, bool isUneven = false,
    bool isUnsynced = false)
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>What a reader searches for the next frame when nobody says where the file ends: what may have been
    /// written without a sync, and as much again for the longest usual frames around it.</summary>
    private const long SearchBytes = 2 * LogFormat.MaxUnsyncedBytes;

    private readonly long _length = knownEnd is { } end ? Math.Min(end, file.Length) : file.Length;
    private readonly List<LogHole> _holes = [];
    private byte[] _buffer = [];
    private long _bufferStart;
    private int _bufferLength;
    private long _bodyStart;
    private int _bodyLength;

    /// <summary>Where the frame read last begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the frame read last ends; at the end of the file this is where the log ends.</summary>
    public long End { get; private set; } = LogFormat.HeaderSize;

    /// <summary>The body of the frame read last; dead after the next call.</summary>
    public ReadOnlySpan<byte> Body => Peek(_bodyStart, _bodyLength);

    /// <summary>What was skipped so far.</summary>
    public IReadOnlyList<LogHole> Holes => _holes;

    /// <summary>Goes to the next frame; false at the end.</summary>
    /// <exception cref="DiskException">The file can't be read.</exception>
    public bool MoveNext()
    {
        long end = knownEnd is null ? Math.Min(_length, End + SearchBytes) : _length;
        for (long at = End; at < end; at = NextNonZero(at + 1, end))
        {
            if (!TryRead(at)) continue;
            if (at > End) AddHole(at, isProven: false);
            Offset = at;
            End = _bodyStart + _bodyLength;
            if ((Body[0] & LogFormat.SyncedFlag) != 0) ProveHoles();
            return true;
        }
        // The next file was begun when this one was durable as far as it counts.
        if (knownEnd is not null && !isUneven && !isUnsynced) ProveHoles();
        if (knownEnd > End) AddHole(knownEnd.Value, isProven: !isUnsynced);
        return false;
    }

    private bool TryRead(long at)
    {
        ReadOnlySpan<byte> start = Peek(at, FrameHeader.MaxBytes);
        if (!FrameHeader.TryRead(start, number, at, out int size, out int bodyLength)) return false;
        if (bodyLength > _length - at - size) return false;
        ReadOnlySpan<byte> frame = Peek(at, size + bodyLength);
        if (frame.Length < size + bodyLength || !FrameHeader.IsSound(frame, size, number, at)) return false;
        _bodyStart = at + size;
        _bodyLength = bodyLength;
        return true;
    }

    private void AddHole(long end, bool isProven)
    {
        _holes.Add(new LogHole(path, End, end - End, isProven, "no sound frame"));
        End = end;
    }

    private void ProveHoles()
    {
        for (int i = 0; i < _holes.Count; i++) _holes[i] = _holes[i] with { IsProven = true };
    }

    /// <summary>The next place at which a frame can begin; files made ready in advance are zeros for a long way.
    /// </summary>
    private long NextNonZero(long at, long end)
    {
        while (at < end)
        {
            ReadOnlySpan<byte> bytes = Peek(at, 1);
            if (bytes.IsEmpty) return end;
            bytes = _buffer.AsSpan((int)(at - _bufferStart), (int)(_bufferStart + _bufferLength - at));
            int skip = bytes.IndexOfAnyExcept((byte)0);
            if (skip >= 0) return at + skip;
            at += bytes.Length;
        }
        return end;
    }

    /// <summary>Bytes of the file, fewer only at its end.</summary>
    private ReadOnlySpan<byte> Peek(long at, int length)
    {
        if (at < _bufferStart || at + length > _bufferStart + _bufferLength) Load(at, length);
        int skip = (int)(at - _bufferStart);
        return _buffer.AsSpan(skip, Math.Min(length, Math.Max(0, _bufferLength - skip)));
    }

    private void Load(long at, int length)
    {
        int wanted = (int)Math.Min(Math.Max(length, BufferBytes), Math.Max(0, file.Length - at));
        bool isTooLong = _buffer.Length > 4 * BufferBytes && wanted <= BufferBytes; // what one large frame needed
        if (_buffer.Length < wanted || isTooLong) _buffer = new byte[wanted];
        _bufferStart = at;
        _bufferLength = file.ReadAt(at, _buffer.AsSpan(0, wanted));
        if (_bufferLength < wanted) // the end of the file is no end of the log then
            throw new DiskException(DiskFault.Failed, $"can't read {path}: it became shorter while it was read");
    }
}
