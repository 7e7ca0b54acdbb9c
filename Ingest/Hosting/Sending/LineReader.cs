using System;
using System.IO;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>Cuts a stream into lines without copying them. Ends are LF or CR LF; a byte order mark at the start is
/// skipped.</summary>
/// <param name="stream">The input.</param>
/// <param name="beforeRead">Called before each read from the stream, which may block.</param>
internal sealed class LineReader(Stream stream, Action beforeRead)
{
    /// <summary>Longer lines are skipped and reported.</summary>
    public const int MaxLineBytes = 1 << 20;

    private readonly byte[] _buffer = new byte[MaxLineBytes + 2];
    private int _start, _end;
    private bool _atEnd, _skipping;

    /// <summary>The number of the line read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Bytes taken from the stream so far.</summary>
    public long Position { get; private set; }

    /// <summary>The next line, without its end; false at the end of the stream.</summary>
    /// <param name="line">Dead after the next call.</param>
    /// <param name="isTooLong">The line has more bytes than allowed and is empty here.</param>
    public bool TryRead(out ReadOnlySpan<byte> line, out bool isTooLong)
    {
        int searched = 0;
        while (true)
        {
            ReadOnlySpan<byte> pending = _buffer.AsSpan(_start, _end - _start);
            int length = pending[searched..].IndexOf((byte)'\n');
            if (length >= 0 || (_atEnd && (pending.Length > 0 || _skipping)))
            {
                length = length >= 0 ? searched + length : pending.Length;
                _start = Math.Min(_start + length + 1, _end);
                Line++;
                isTooLong = _skipping;
                _skipping = false;
                line = isTooLong ? default : Trim(pending[..length]);
                return true;
            }
            if (_atEnd)
            {
                line = default;
                isTooLong = false;
                return false;
            }
            searched = pending.Length;
            if (searched == _buffer.Length)
            {
                _skipping = true;
                _start = _end = searched = 0;
            }
            Fill();
        }
    }

    private ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("\r"u8)) line = line[..^1];
        return Line == 1 && line.StartsWith("\uFEFF"u8) ? line[3..] : line;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        beforeRead();
        int got = stream.Read(_buffer, _end, _buffer.Length - _end);
        _atEnd = got == 0;
        _end += got;
        Position += got;
    }
}
