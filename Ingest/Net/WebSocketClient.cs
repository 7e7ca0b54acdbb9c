using System;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Slungd.Ingest.Framing;
using Slungd.Native.Os;
using Slungd.Native.Simd;

namespace Slungd.Ingest.Net;

/// <summary>A small blocking WebSocket client: what `slungd send`, `query` and `bench` talk with. Nothing is allocated
/// per frame. Sending is safe from any thread; receiving belongs to one. A caller that sends much reads replies
/// meanwhile (from another thread, or between sends): a server stops reading from a client that does not.</summary>
internal sealed class WebSocketClient : IDisposable
{
    private readonly Socket _socket;
    private readonly Lock _sending = new();
    private readonly byte[] _send;
    private int _sendCount;
    private ulong _maskState = SystemRandom.NextUInt64();
    private bool _closeSent;

    private readonly int _maxMessageBytes;
    private FrameReader _reader;
    private byte[] _receive = new byte[16 * 1024];
    private int _message;    // where the current message starts
    private int _messageEnd; // and ends, as far as it is there
    private int _parsed;     // behind it: what was taken apart
    private int _received;   // and what has arrived
    private int _payloadStart, _payloadLength;

    private WebSocketClient(Socket socket, WebSocketClientOptions options)
    {
        _socket = socket;
        _send = new byte[Math.Max(options.SendBufferBytes, 1024)];
        _maxMessageBytes = options.MaxMessageBytes;
        _reader = new FrameReader(expectMask: false, options.MaxMessageBytes);
    }

    /// <summary>The protocol that the server chose, null for the original one.</summary>
    public string? Subprotocol { get; private set; }

    /// <summary>The message that was received last; dead after the next receive.</summary>
    public ReadOnlySpan<byte> Payload => _receive.AsSpan(_payloadStart, _payloadLength);

    /// <summary>The code of the server's Close; None when it gave none.</summary>
    public CloseCode CloseCode { get; private set; }

    /// <summary>Connects and upgrades.</summary>
    /// <exception cref="WebSocketException">Not reachable, or the upgrade was refused; the message says
    /// why.</exception>
    public static WebSocketClient Connect(IPEndPoint server, WebSocketClientOptions options)
    {
        WebSocketClient? client = null;
        try
        {
            client = new WebSocketClient(ClientSocket.Connect(server, options.Tls, options.Timeout), options);
            client.Upgrade(options.Host ?? server.ToString(), options);
            return client;
        }
        catch (SocketException e)
        {
            client?.Dispose();
            throw new WebSocketException(PeerFault.Of(server, e), e);
        }
        catch (WebSocketException)
        {
            client?.Dispose();
            throw;
        }
    }

    /// <summary>Sends one message at once, with everything queued before it.</summary>
    public void Send(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        lock (_sending)
        {
            QueueLocked(opcode, payload);
            FlushLocked();
        }
    }

    /// <summary>Queues one message; it goes out with the next flush or when the buffer is full.</summary>
    public void Queue(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        lock (_sending) QueueLocked(opcode, payload);
    }

    /// <summary>Sends what was queued.</summary>
    public void Flush()
    {
        lock (_sending) FlushLocked();
    }

    /// <summary>Sends bytes that are whole masked frames already (see <see cref="FrameWriter.WriteMasked"/>).</summary>
    public void SendFrames(ReadOnlySpan<byte> frames)
    {
        lock (_sending)
        {
            FlushLocked();
            SendAll(frames);
        }
    }

    /// <summary>Starts the close handshake; go on receiving until <see cref="ClientMessage.Close"/> or End.</summary>
    public void SendClose(CloseCode code = CloseCode.Normal, string? reason = null)
    {
        Span<byte> payload = stackalloc byte[FrameWriter.MaxControlPayload];
        int length = FrameWriter.WriteClosePayload(payload, code, reason);
        lock (_sending)
        {
            if (_closeSent) return;
            _closeSent = true;
            QueueLocked(Opcode.Close, payload[..length]);
            FlushLocked();
        }
    }

    /// <summary>Waits for the next message. Pings are answered on the way.</summary>
    /// <param name="timeoutMs">How long to wait for bytes; 0 looks only, -1 waits for ever.</param>
    /// <exception cref="WebSocketException">The server broke the protocol.</exception>
    public ClientMessage TryReceive(int timeoutMs)
    {
        while (true)
        {
            ClientMessage message = TakeMessage();
            if (message != ClientMessage.None) return message;
            if (!_socket.Poll(TimeSpan.FromMilliseconds(timeoutMs), SelectMode.SelectRead)) return ClientMessage.None;
            MakeRoom();
            int got = _socket.Receive(_receive.AsSpan(_received), SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock) continue;
            if (got == 0 || error != SocketError.Success) return ClientMessage.End;
            _received += got;
        }
    }

    public void Dispose() => _socket.Dispose();

    private void QueueLocked(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        if (FrameWriter.MaxHeaderBytes + payload.Length > _send.Length - _sendCount)
        {
            FlushLocked();
            if (FrameWriter.MaxHeaderBytes + payload.Length > _send.Length)
            {
                SendLarge(opcode, payload);
                return;
            }
        }
        _sendCount += FrameWriter.WriteMasked(_send.AsSpan(_sendCount), opcode, payload, NextMask());
    }

    private void SendLarge(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        uint key = NextMask();
        _sendCount = FrameWriter.WriteMaskedHeader(_send, opcode, payload.Length, key);
        while (!payload.IsEmpty)
        {
            int length = Math.Min(payload.Length, _send.Length - _sendCount);
            Span<byte> piece = _send.AsSpan(_sendCount, length);
            payload[..length].CopyTo(piece);
            XorMask.Apply(piece, key);
            key = XorMask.Advance(key, length & 3);
            payload = payload[length..];
            _sendCount += length;
            FlushLocked();
        }
    }

    private void FlushLocked()
    {
        int count = _sendCount;
        _sendCount = 0;
        if (count > 0) SendAll(_send.AsSpan(0, count));
    }

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
            if (error == SocketError.TimedOut) throw new WebSocketException("the server reads nothing any more");
            if (error is not (SocketError.Success or SocketError.Interrupted))
                throw new WebSocketException($"the connection broke while sending: {error}");
            bytes = bytes[sent..];
        }
    }

    /// <summary>The next frame's key: from a generator seeded by the system, since its purpose (section 10.3) is that a
    /// page can't choose the bytes on the wire, and no page chooses ours.</summary>
    private uint NextMask()
    {
        ulong z = _maskState += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return (uint)(z >> 32);
    }

    /// <summary>None when the received bytes hold no whole message.</summary>
    private ClientMessage TakeMessage()
    {
        while (true)
        {
            FrameStatus status = _reader.Read(_receive.AsSpan(0, _received), ref _parsed, out FrameChunk chunk);
            switch (status)
            {
                case FrameStatus.NeedMore:
                    return ClientMessage.None;
                case FrameStatus.Violation:
                    SendClose(_reader.Violation, _reader.ViolationReason);
                    throw new WebSocketException($"the server broke the protocol: {_reader.ViolationReason}");
                case FrameStatus.Control:
                    ClientMessage control = TakeControl(chunk);
                    if (control != ClientMessage.None) return control;
                    break;
                default:
                    if (TakeData(chunk))
                        return chunk.Opcode == Opcode.Text ? ClientMessage.Text : ClientMessage.Binary;
                    break;
            }
        }
    }

    private ClientMessage TakeControl(in FrameChunk chunk)
    {
        _payloadStart = chunk.Start;
        _payloadLength = chunk.Length;
        switch (chunk.Opcode)
        {
            case Opcode.Ping:
                Send(Opcode.Pong, Payload);
                return ClientMessage.None;
            case Opcode.Pong:
                return ClientMessage.Pong;
            default:
                ClosePayload.Read(Payload, out CloseCode code);
                CloseCode = code;
                SendClose(code);
                return ClientMessage.Close;
        }
    }

    /// <summary>Joins the chunk to its message; true when that is whole.</summary>
    private bool TakeData(in FrameChunk chunk)
    {
        if (_messageEnd == _message) _message = _messageEnd = chunk.Start;
        if (_messageEnd != chunk.Start)
            _receive.AsSpan(chunk.Start, chunk.Length).CopyTo(_receive.AsSpan(_messageEnd));
        _messageEnd += chunk.Length;
        if (!chunk.Final) return false;
        _payloadStart = _message;
        _payloadLength = _messageEnd - _message;
        _message = _messageEnd = 0;
        return true;
    }

    /// <summary>Moves the unfinished message and frame to the front, and grows when they fill the buffer.</summary>
    private void MakeRoom()
    {
        int pending = _messageEnd - _message;
        int raw = _received - _parsed;
        byte[] to = _receive;
        if (pending + raw > _receive.Length / 2)
            to = new byte[Math.Min(_receive.Length * 2L, (long)_maxMessageBytes + 64 * 1024)];
        _receive.AsSpan(_message, pending).CopyTo(to);
        _receive.AsSpan(_parsed, raw).CopyTo(to.AsSpan(pending));
        _receive = to;
        _message = 0;
        _messageEnd = _parsed = pending;
        _received = pending + raw;
    }

    private void Upgrade(string host, WebSocketClientOptions options)
    {
        Span<byte> key = stackalloc byte[Handshake.KeyLength];
        Base64.EncodeToUtf8(SystemRandom.Bytes(16), key, out _, out _);
        string request = $"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Encoding.ASCII.GetString(key)}\r\n"
            + (options.Subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {options.Subprotocol}\r\n")
            + (options.Token is null ? "" : $"Authorization: Bearer {options.Token}\r\n")
            + (options.Origin is null ? "" : $"Origin: {options.Origin}\r\n") + "\r\n";
        SendAll(Encoding.Latin1.GetBytes(request));
        int end = ReceiveAnswerHead(options.Timeout);
        string answer = Encoding.Latin1.GetString(_receive, 0, end);
        if (!answer.StartsWith("HTTP/1.1 101", StringComparison.Ordinal)) throw Refused(answer);
        Span<byte> accept = stackalloc byte[Handshake.AcceptLength];
        Handshake.WriteAccept(key, accept);
        if (FieldOf(answer, "Sec-WebSocket-Accept") != Encoding.ASCII.GetString(accept))
            throw new WebSocketException("the server's Sec-WebSocket-Accept is wrong");
        Subprotocol = FieldOf(answer, "Sec-WebSocket-Protocol");
        if (Subprotocol is not null && Subprotocol != options.Subprotocol)
            throw new WebSocketException($"the server chose the subprotocol {Subprotocol}, which was not offered");
        _parsed = end;
    }

    /// <summary>The answer head's length, once it has arrived.</summary>
    private int ReceiveAnswerHead(TimeSpan timeout)
    {
        while (true)
        {
            int end = _receive.AsSpan(0, _received).IndexOf("\r\n\r\n"u8);
            if (end >= 0) return end + 4;
            if (_received == _receive.Length) throw new WebSocketException("the server's answer has no end");
            if (!_socket.Poll(timeout, SelectMode.SelectRead))
                throw new SocketException((int)SocketError.TimedOut);
            int got = _socket.Receive(_receive.AsSpan(_received), SocketFlags.None, out SocketError error);
            if (got == 0 || error != SocketError.Success)
                throw new WebSocketException("the connection ended before the server answered");
            _received += got;
        }
    }

    private WebSocketException Refused(string head)
    {
        string line = head[..head.IndexOf("\r\n", StringComparison.Ordinal)];
        int space = line.IndexOf(' ');
        int.TryParse(line.AsSpan(space + 1, Math.Min(3, line.Length - space - 1)), out int status);
        string body = Encoding.UTF8.GetString(_receive.AsSpan(head.Length, _received - head.Length));
        // A door's reason is one line of JSON; another server may send a page.
        string text = body is not ['{', ..] || body.Contains('\n') ? "" : " " + body;
        string what = status is >= 200 and < 400 ? "that is no WebSocket door (--listen)"
            : "the server refused the upgrade";
        return new WebSocketException($"{what}: {line}{text}") { Status = status };
    }

    private static string? FieldOf(string head, string name)
    {
        foreach (string line in head.Split("\r\n"))
        {
            int colon = line.IndexOf(':');
            if (colon == name.Length && line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                return line[(colon + 1)..].Trim();
        }
        return null;
    }
}
