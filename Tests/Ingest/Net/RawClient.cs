using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slungd.Ingest.Framing;
using Slungd.Tests.EndToEnd;

namespace Slungd.Tests.Ingest.Net;

/// <summary>A client that can do everything wrong: sends any bytes, reads one frame at a time. Every wait has an end.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private const uint Key = 0x37FA213D; // RFC 6455's example key

    private readonly NetworkStream _stream;

    public RawClient(IPEndPoint server)
    {
        Socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Socket.Connect(server);
        _stream = new NetworkStream(Socket, ownsSocket: true)
        {
            ReadTimeout = (int)Patience.Limit.TotalMilliseconds, WriteTimeout = (int)Patience.Limit.TotalMilliseconds,
        };
    }

    public Socket Socket { get; }

    public void Send(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    public void Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    public void SendHex(string hex) => Send(Convert.FromHexString(hex.Replace(" ", "")));

    /// <summary>A masked frame.</summary>
    public void SendFrame(int opcode, ReadOnlySpan<byte> payload, bool final = true) =>
        Send(Frame(opcode, payload, final));

    public void SendText(string text) => SendFrame(1, Encoding.UTF8.GetBytes(text));

    public void SendBinary(ReadOnlySpan<byte> payload) => SendFrame(2, payload);

    public static byte[] Frame(int opcode, ReadOnlySpan<byte> payload, bool final = true)
    {
        byte[] frame = new byte[FrameWriter.HeaderBytes(payload.Length, masked: true) + payload.Length];
        FrameWriter.WriteMasked(frame, (Opcode)opcode, payload, Key);
        if (!final) frame[0] &= 0x7F;
        return frame;
    }

    public void Upgrade(string? subprotocol = null)
    {
        Send(UpgradeRequest(subprotocol));
        string answer = ReadHead();
        if (!answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)) throw new InvalidDataException(answer);
    }

    public static string UpgradeRequest(string? subprotocol = null, string host = "localhost", string extra = "") =>
        $"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + (subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n") + extra + "\r\n";

    /// <summary>An answer's head with its empty line.</summary>
    public string ReadHead()
    {
        var head = new List<byte>();
        while (head.Count < 4 || !(head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            int next = _stream.ReadByte();
            if (next < 0) break;
            head.Add((byte)next);
        }
        return Encoding.Latin1.GetString(head.ToArray());
    }

    public byte[] Read(int count)
    {
        byte[] bytes = new byte[count];
        _stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>An unmasked frame; opcode -1 when the connection has ended.</summary>
    public (int Opcode, byte[] Payload) ReadFrame()
    {
        int first = _stream.ReadByte();
        if (first < 0) return (-1, []);
        if ((first & 0xF0) != 0x80) throw new InvalidDataException($"first byte {first:x2}");
        int length = _stream.ReadByte();
        if (length == 126) length = BinaryPrimitives.ReadUInt16BigEndian(Read(2));
        else if (length == 127) length = (int)BinaryPrimitives.ReadUInt64BigEndian(Read(8));
        return (first & 0x0F, Read(length));
    }

    public string ReadText()
    {
        (int opcode, byte[] payload) = ReadFrame();
        return opcode == 1 ? Encoding.UTF8.GetString(payload) : $"opcode {opcode}: {Convert.ToHexString(payload)}";
    }

    /// <summary>Reads frames up to the Close and the end of the connection: the close code, 0 for an empty Close, -1
    /// for an end without one.</summary>
    public int ReadClose()
    {
        int code = -1;
        while (true)
        {
            (int opcode, byte[] payload) = ReadFrame();
            if (opcode == -1) return code;
            if (opcode == 8) code = payload.Length == 0 ? 0 : payload[0] << 8 | payload[1];
        }
    }

    /// <summary>True when the server has closed its half and nothing is left to read.</summary>
    public bool ReadEnd() => _stream.ReadByte() < 0;

    public void Dispose() => _stream.Dispose();
}
