using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>A connection that is kept, on which a test says what it wants, byte by byte.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Connects, and says nothing yet.</summary>
    public static async Task<RawPeer> To(IPEndPoint address)
    {
        RawPeer peer = new();
        using CancellationTokenSource limit = new(Patience.Limit);
        await peer._socket.ConnectAsync(address, limit.Token);
        return peer;
    }

    /// <summary>Connects and upgrades to a WebSocket.</summary>
    public static async Task<RawPeer> WebSocket(IPEndPoint address, string header = "Sec-WebSocket-Protocol: slung.v2")
    {
        RawPeer peer = await To(address);
        await peer.Send(RawHttp.Upgrade("localhost", header));
        string answer = await peer.ReadHead();
        if (!answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)) throw new InvalidDataException(answer);
        return peer;
    }

    public Task Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    public async Task Send(byte[] bytes)
    {
        using CancellationTokenSource limit = new(Patience.Limit);
        for (int at = 0; at < bytes.Length;) at += await _socket.SendAsync(bytes.AsMemory(at), limit.Token);
    }

    /// <summary>A frame of a client, masked with zeros.</summary>
    /// <param name="first">FIN and opcode.</param>
    /// <param name="payload">What is sent.</param>
    /// <param name="announced">The length that the header claims; that of the payload when null.</param>
    public Task SendFrame(byte first, byte[] payload, long? announced = null)
    {
        using MemoryStream frame = new();
        using BinaryWriter writer = new(frame);
        writer.Write(first);
        writer.Write((byte)0xFF); // masked, and a length of eight bytes
        writer.Write(IPAddress.HostToNetworkOrder(announced ?? payload.Length));
        writer.Write(0);
        writer.Write(payload);
        return Send(frame.ToArray());
    }

    /// <summary>The head of an answer, and its body where it has a length.</summary>
    public async Task<string> ReadAnswer()
    {
        string head = await ReadHead();
        int at = head.IndexOf("Content-Length: ", StringComparison.Ordinal);
        if (at < 0) return head;
        int length = int.Parse(head.AsSpan(at + 16, head.IndexOf('\r', at) - at - 16));
        return head + Encoding.UTF8.GetString(await Read(length));
    }

    public async Task<string> ReadHead()
    {
        StringBuilder head = new();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            byte[] one = await Read(1);
            if (one.Length == 0) break;
            head.Append((char)one[0]);
        }
        return head.ToString();
    }

    /// <summary>So many bytes, or fewer when the daemon ends the connection, or resets it.</summary>
    public async Task<byte[]> Read(int count)
    {
        byte[] bytes = new byte[count];
        using CancellationTokenSource limit = new(Patience.Limit);
        int got = 0;
        while (got < count)
        {
            int more;
            try { more = await _socket.ReceiveAsync(bytes.AsMemory(got), limit.Token); }
            catch (SocketException) { more = 0; }
            if (more == 0) break;
            got += more;
        }
        return bytes[..got];
    }

    /// <summary>The next frame: its first byte, and its payload.</summary>
    public async Task<(byte First, byte[] Payload)> ReadFrame()
    {
        byte[] header = await Read(2);
        if (header.Length < 2) throw new EndOfStreamException("ended without a Close");
        int length = header[1] == 126 ? IPAddress.NetworkToHostOrder(BitConverter.ToInt16(await Read(2))) : header[1];
        return (header[0], await Read(length));
    }

    /// <summary>The code of the Close that comes next, whatever else comes before it.</summary>
    public async Task<int> ReadClose()
    {
        while (true)
        {
            (byte first, byte[] payload) = await ReadFrame();
            if (first == 0x88) return payload[0] << 8 | payload[1];
        }
    }

    public void Dispose() => _socket.Dispose();
}
