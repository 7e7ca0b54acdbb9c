using System;
using System.Buffers.Text;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>A daemon's answer whose body is read piece by piece, on a connection of its own; see
/// <see cref="HttpExchange"/> for short ones. A body that ends before its end (RFC 9112, section 8) is told.</summary>
internal sealed class HttpAnswer : IDisposable
{
    private const int MaxHeadBytes = 64 * 1024;
    private const string CutOff = "the answer breaks off";

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[MaxHeadBytes];
    private string _head = "";
    private int _start, _end;
    private bool _isChunked, _isOver;
    private long _left; // bytes of the chunk, or of the body

    private HttpAnswer(Socket socket) => _socket = socket;

    /// <summary>The status code.</summary>
    public int Status { get; private set; }

    /// <exception cref="SocketException">The daemon can't be reached or is silent.</exception>
    /// <exception cref="InvalidDataException">The answer is no HTTP.</exception>
    public static HttpAnswer Post(IPEndPoint address, string target, string contentType, ReadOnlySpan<byte> body,
        TimeSpan timeout)
    {
        HttpAnswer answer = new(HttpExchange.Connect(address));
        try
        {
            answer._socket.SendTimeout = answer._socket.ReceiveTimeout = (int)timeout.TotalMilliseconds;
            answer._socket.Send(Encoding.ASCII.GetBytes($"POST {target} HTTP/1.1\r\nHost: localhost:{address.Port}\r\n"
                + $"Content-Type: {contentType}\r\nContent-Length: {body.Length}\r\n{ClientAccess.TokenField}"
                + "Connection: close\r\n\r\n"));
            for (ReadOnlySpan<byte> rest = body; !rest.IsEmpty;) rest = rest[answer._socket.Send(rest)..];
            answer.ReadHead();
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>A field of the head; null without one.</summary>
    public string? Field(string name)
    {
        foreach (string line in _head.Split("\r\n"))
        {
            int colon = line.IndexOf(':');
            if (colon > 0 && line.AsSpan(0, colon).Equals(name, StringComparison.OrdinalIgnoreCase))
                return line[(colon + 1)..].Trim();
        }
        return null;
    }

    /// <summary>The next bytes of the body; 0 at its end.</summary>
    /// <exception cref="EndOfStreamException">The body is cut off.</exception>
    /// <exception cref="SocketException">The connection broke.</exception>
    public int Read(Span<byte> into)
    {
        if (_isOver) return 0;
        if (_left == 0 && !TryReadChunkHead()) return 0;
        if (_start == _end) Fill();
        int count = (int)Math.Min(Math.Min(into.Length, _end - _start), _left);
        _buffer.AsSpan(_start, count).CopyTo(into);
        _start += count;
        _left -= count;
        if (_left > 0) return count;
        if (_isChunked) ReadLine();
        else _isOver = true;
        return count;
    }

    /// <summary>A short body as text; what is beyond 64 KiB is left out.</summary>
    public string ReadText()
    {
        byte[] text = new byte[64 * 1024];
        int length = 0;
        for (int got; length < text.Length && (got = Read(text.AsSpan(length))) > 0;) length += got;
        return Encoding.UTF8.GetString(text, 0, length);
    }

    public void Dispose() => _socket.Dispose();

    private void ReadHead()
    {
        string status = ReadLine();
        if (!status.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || status.Length < 12
            || !int.TryParse(status.AsSpan(9, 3), null, out int code))
            throw new InvalidDataException("expected the HTTP door of a slungd (--http), got something else");
        Status = code;
        StringBuilder head = new();
        for (string line; (line = ReadLine()).Length > 0; head.Append(line).Append("\r\n"))
            if (head.Length > MaxHeadBytes) throw new InvalidDataException("the head of the answer is too long");
        _head = head.ToString();
        _isChunked = string.Equals(Field("Transfer-Encoding"), "chunked", StringComparison.OrdinalIgnoreCase);
        if (_isChunked) return;
        bool hasLength = long.TryParse(Field("Content-Length"), null, out _left);
        if (!hasLength && Status != (int)HttpStatusCode.NoContent)
            throw new InvalidDataException("expected an answer with a length or in chunks");
        _isOver = _left <= 0;
    }

    /// <summary>False after the last chunk.</summary>
    private bool TryReadChunkHead()
    {
        byte[] line = Encoding.ASCII.GetBytes(ReadLine());
        if (!Utf8Parser.TryParse(line, out _left, out _, 'x') || _left < 0) throw new InvalidDataException(CutOff);
        if (_left > 0) return true;
        while (ReadLine().Length > 0) { } // trailers
        _isOver = true;
        return false;
    }

    private string ReadLine()
    {
        while (true)
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                string line = Encoding.ASCII.GetString(_buffer, _start, length).TrimEnd('\r');
                _start += length + 1;
                return line;
            }
            if (_end - _start == _buffer.Length) throw new InvalidDataException("a line of the answer is too long");
            Fill();
        }
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int got = _socket.Receive(_buffer.AsSpan(_end));
        if (got == 0) throw new EndOfStreamException(CutOff);
        _end += got;
    }
}
