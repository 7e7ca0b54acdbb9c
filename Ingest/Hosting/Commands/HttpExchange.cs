using System;
using System.Buffers.Text;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Slungd.Ingest.Net;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>One request to a daemon and its answer, on a connection of its own: all that the client commands need of
/// HTTP. The body is read piece by piece, or as text; one that ends before its end (RFC 9112, section 8) is told.
/// </summary>
internal sealed class HttpExchange : IDisposable
{
    private const int MaxHeadBytes = 64 * 1024;
    private const int MaxTextBytes = 256 << 20;
    private const string CutOff = "the answer breaks off";

    /// <summary>What goes into a socket that takes anything at all.</summary>
    private const int MaxSendBytes = 16 * 1024;

    private readonly IPEndPoint _address;
    private readonly AnswerPatience _patience;
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[MaxHeadBytes];
    private string _head = "";
    private int _start, _end;
    private bool _isChunked, _isOver;
    private long _left; // bytes of the chunk, or of the body

    private HttpExchange(IPEndPoint address, AnswerPatience patience, ClientTls? tls)
    {
        _address = address;
        _patience = patience;
        TimeSpan timeout = patience.Total < patience.Idle ? patience.Total : patience.Idle;
        _socket = ClientSocket.Connect(address, tls, timeout);
    }

    /// <summary>The status code.</summary>
    public int Status { get; private set; }

    /// <inheritdoc cref="Send"/>
    public static HttpExchange Get(IPEndPoint address, string target, AnswerPatience patience) =>
        Send("GET", address, target, [], patience);

    /// <summary>Asks for what anybody may know, whatever certificate the daemon shows: it is alive with any, and no
    /// token is sent.</summary>
    /// <inheritdoc cref="Send"/>
    public static HttpExchange Probe(IPEndPoint address, string target, AnswerPatience patience) =>
        Send("GET", address, target, [], patience, isProbe: true);

    /// <summary>Sends a request and waits for the head of the answer, which may come before all of it was sent.
    /// </summary>
    /// <param name="method">Of the request; a body goes along with any but GET.</param>
    /// <param name="address">The daemon's.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="body">Of the request.</param>
    /// <param name="patience">For the connection's every silence.</param>
    /// <param name="contentType">Of the body; null: untold.</param>
    /// <param name="isProbe">See <see cref="Probe"/>.</param>
    /// <exception cref="IOException">The daemon can't be reached, is silent, or answers something else than HTTP; the
    /// message says which, and where.</exception>
    public static HttpExchange Send(string method, IPEndPoint address, string target, ReadOnlySpan<byte> body,
        AnswerPatience patience, string? contentType = null, bool isProbe = false)
    {
        HttpExchange? exchange = null;
        try
        {
            string token = isProbe ? "" : ClientAccess.TokenField;
            exchange = new HttpExchange(address, patience, isProbe ? ClientAccess.AnyTls : ClientAccess.Tls);
            string fields = (contentType is null ? "" : $"Content-Type: {contentType}\r\n")
                + (method == "GET" ? "" : $"Content-Length: {body.Length}\r\n");
            byte[] head = Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\n"
                + $"Host: localhost:{address.Port}\r\n{fields}{token}Connection: close\r\n\r\n");
            try
            {
                exchange.SendAll(head);
                exchange.SendAll(body);
            }
            catch (SocketException) when (exchange._socket.Available > 0)
            {
                // Who does not want the rest answers and closes.
            }
            exchange.ReadHead();
            return exchange;
        }
        catch (Exception e)
        {
            exchange?.Dispose();
            if (e is SocketException fault) throw new IOException(PeerFault.Of(address, fault), e);
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
    /// <exception cref="IOException">The body is cut off, or the connection broke.</exception>
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

    /// <summary>The body as text; what is beyond 256 MiB is left out.</summary>
    /// <exception cref="IOException">The body is cut off, or the connection broke.</exception>
    public string ReadText() => Encoding.UTF8.GetString(ReadBytes().Span);

    /// <summary>The member `data` of a good answer, or the whole of one that says its `error`.</summary>
    /// <exception cref="IOException">As <see cref="ReadText"/>, or it is neither.</exception>
    public JsonElement ReadAnswer()
    {
        bool isGood = Status == (int)HttpStatusCode.OK;
        JsonElement json = AnswerForm.Parse(ReadBytes());
        bool isKnown = json.ValueKind == JsonValueKind.Object
            && json.TryGetProperty(isGood ? "data" : "error", out JsonElement member)
            && member.ValueKind == (isGood ? JsonValueKind.Object : JsonValueKind.String);
        if (!isKnown) throw Other();
        return isGood ? json.GetProperty("data") : json;
    }

    /// <summary>The member `data` of a good answer.</summary>
    /// <exception cref="IOException">As <see cref="ReadAnswer"/>, or the answer is an error, which is the message.
    /// </exception>
    public JsonElement ReadData() =>
        Status == (int)HttpStatusCode.OK ? ReadAnswer() : throw new IOException(ReadError());

    /// <summary>What an answer that is no good one says: its `error`, or its status.</summary>
    /// <exception cref="IOException">As <see cref="ReadText"/>.</exception>
    public string ReadError() =>
        AnswerForm.Parse(ReadBytes()) is { ValueKind: JsonValueKind.Object } json
        && json.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.String
        ? error.Text() : Other().Message;

    /// <summary>For an answer that no slungd gives.</summary>
    public IOException Other() =>
        Wrong($"expected the HTTP door of a slungd (--http), got status {Status} and another answer than a slungd's");

    public void Dispose() => _socket.Dispose();

    /// <summary>Sends until the daemon answers.</summary>
    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Await(SelectMode.SelectWrite);
            if (_socket.Available > 0) return;
            bytes = bytes[_socket.Send(bytes[..Math.Min(bytes.Length, MaxSendBytes)])..];
        }
    }

    /// <summary>Waits until the socket is ready, as long as the daemon lives.</summary>
    private void Await(SelectMode mode)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            TimeSpan left = _patience.Total - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero) throw Wrong("no answer in time");
            bool isWhole = left > _patience.Idle;
            if (_socket.Poll(isWhole ? _patience.Idle : left, mode)) return;
            if (isWhole && !Lives())
                throw Wrong($"no answer for {_patience.Idle.TotalSeconds} s, and none to /health: the daemon hangs");
        }
    }

    private bool Lives()
    {
        try
        {
            using HttpExchange answer = Probe(_address, "/health", new AnswerPatience(_patience.Probe));
            return true;
        }
        catch (IOException)
        {
            return false; // the caller says so
        }
    }

    private ReadOnlyMemory<byte> ReadBytes()
    {
        MemoryStream text = new();
        byte[] buffer = new byte[16 * 1024];
        for (int got; text.Length < MaxTextBytes && (got = Read(buffer)) > 0;) text.Write(buffer, 0, got);
        return text.GetBuffer().AsMemory(0, (int)text.Length);
    }

    private void ReadHead()
    {
        string status = ReadLine();
        if (!status.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || status.Length < 12
            || !int.TryParse(status.AsSpan(9, 3), null, out int code))
            throw Wrong("expected the HTTP of a slungd, got something else");
        Status = code;
        StringBuilder head = new();
        for (string line; (line = ReadLine()).Length > 0; head.Append(line).Append("\r\n"))
            if (head.Length > MaxHeadBytes) throw Wrong("the head of the answer is too long");
        _head = head.ToString();
        _isChunked = string.Equals(Field("Transfer-Encoding"), "chunked", StringComparison.OrdinalIgnoreCase);
        if (_isChunked) return;
        bool hasLength = long.TryParse(Field("Content-Length"), null, out _left);
        if (!hasLength && Status != (int)HttpStatusCode.NoContent)
            throw Wrong("expected an answer with a length or in chunks");
        _isOver = _left <= 0;
    }

    /// <summary>False after the last chunk.</summary>
    private bool TryReadChunkHead()
    {
        byte[] line = Encoding.ASCII.GetBytes(ReadLine());
        if (!Utf8Parser.TryParse(line, out _left, out _, 'x') || _left < 0) throw Wrong(CutOff);
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
            if (_end - _start == _buffer.Length) throw Wrong("a line of the answer is too long");
            Fill();
        }
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int got;
        Await(SelectMode.SelectRead);
        try { got = _socket.Receive(_buffer.AsSpan(_end)); }
        catch (SocketException e) { throw new IOException(PeerFault.Of(_address, e), e); }
        if (got == 0) throw Wrong(CutOff);
        _end += got;
    }

    private IOException Wrong(string what) => new($"{_address}: {what}");
}
