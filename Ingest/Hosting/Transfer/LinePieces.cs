using System;
using System.IO;

namespace Slungd.Ingest.Hosting.Transfer;

/// <summary>Cuts a stream into pieces of whole lines; a line longer than a piece makes it larger, up to a bound.
/// </summary>
internal sealed class LinePieces(Stream stream, int pieceBytes, int maxLineBytes)
{
    private byte[] _buffer = new byte[pieceBytes];
    private int _start, _end;
    private long _line = 1;

    /// <summary>The next piece, whose last line alone may lack its end; false at the end of the stream.</summary>
    /// <param name="piece">Dead after the next call.</param>
    /// <exception cref="InvalidDataException">A line is longer than the bound.</exception>
    public bool TryRead(out ReadOnlySpan<byte> piece)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (true)
        {
            int got = stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += got;
            bool isFull = _end == _buffer.Length;
            int whole = got == 0 ? _end : isFull ? _buffer.AsSpan().LastIndexOf((byte)'\n') + 1 : 0;
            if (got == 0 || whole > 0)
            {
                piece = _buffer.AsSpan(0, whole);
                _start = whole;
                _line += piece.Count((byte)'\n');
                return whole > 0;
            }
            if (_end < _buffer.Length) continue;
            if (_end >= maxLineBytes)
                throw new InvalidDataException($"line {_line}: expected at most {maxLineBytes} bytes");
            Array.Resize(ref _buffer, Math.Min(2 * _buffer.Length, maxLineBytes));
        }
    }

    /// <summary>So many bytes of whole lines come first: the first line, and what else fits.</summary>
    public static int Cut(ReadOnlySpan<byte> lines, int mostBytes)
    {
        if (lines.Length <= mostBytes) return lines.Length;
        int end = lines[..mostBytes].LastIndexOf((byte)'\n');
        if (end < 0) end = lines.IndexOf((byte)'\n');
        return end < 0 ? lines.Length : end + 1;
    }
}
