using System;
using System.Buffers.Binary;
using System.IO;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>A client on .NET's own WebSocket, which shares no code with the daemon's.</summary>
internal sealed class WebSocketClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>Connects with the original protocol.</summary>
    public static Task<WebSocketClient> Original(Daemon daemon) => Connect(daemon, null);

    /// <summary>Connects with `slung.v2`.</summary>
    public static Task<WebSocketClient> Version2(Daemon daemon) => Connect(daemon, "slung.v2");

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public Task Send(byte[] message) => Within(t => _socket.SendAsync(message, WebSocketMessageType.Binary, true, t));

    public Task SendText(string text) =>
        Within(t => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, t));

    /// <summary>The next message; null when the daemon closes.</summary>
    public async Task<(WebSocketMessageType Type, byte[] Bytes)?> Receive()
    {
        using var message = new MemoryStream();
        while (true)
        {
            WebSocketReceiveResult part = default!;
            await Within(async t => part = await _socket.ReceiveAsync(_buffer, t));
            if (part.MessageType == WebSocketMessageType.Close)
            {
                if (_socket.State == WebSocketState.CloseReceived)
                    await Within(t => _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", t));
                return null;
            }
            message.Write(_buffer, 0, part.Count);
            if (part.EndOfMessage) return (part.MessageType, message.ToArray());
        }
    }

    /// <summary>The next text message as JSON; binary messages (acks) are passed over.</summary>
    public async Task<JsonElement> ReceiveJson()
    {
        while (await Receive() is { } message)
        {
            if (message.Type == WebSocketMessageType.Text) return JsonDocument.Parse(message.Bytes).RootElement;
        }
        throw new InvalidOperationException($"closed with {CloseStatus} while waiting for text");
    }

    /// <summary>Sends a query and returns its answer.</summary>
    public async Task<JsonElement> Query(string query, int id = 1)
    {
        await SendText(JsonSerializer.Serialize(new { id, query }));
        JsonElement answer = await ReceiveJson();
        if (answer.GetProperty("id").GetInt32() != id)
            throw new InvalidDataException($"answer to another id: {answer}");
        return answer;
    }

    /// <summary>Waits until every point below <paramref name="points"/> is acknowledged; an ERROR fails.</summary>
    public async Task Acknowledged(ulong points)
    {
        while (await Receive() is { } message)
        {
            if (message.Type != WebSocketMessageType.Binary) continue;
            if (message.Bytes[0] == 0x82) throw new InvalidDataException($"ERROR {Convert.ToHexString(message.Bytes)}");
            if (message.Bytes[0] != 0x81) throw new InvalidDataException($"kind {message.Bytes[0]:x2}");
            if (BinaryPrimitives.ReadUInt64LittleEndian(message.Bytes.AsSpan(1)) >= points) return;
        }
        throw new InvalidOperationException($"closed with {CloseStatus} before {points} points were acknowledged");
    }

    /// <summary>The whole close handshake: the daemon's Close comes after everything it has read.</summary>
    public Task Close() => Within(t => _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", t));

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Connects and shows a token.</summary>
    /// <param name="daemon">Where to.</param>
    /// <param name="subprotocol">Expected to be chosen.</param>
    /// <param name="authorization">The header; null for none.</param>
    /// <param name="second">Another subprotocol to offer, which must not be chosen.</param>
    public static async Task<WebSocketClient> Connect(Daemon daemon, string? subprotocol, string? authorization = null,
        string? second = null)
    {
        var client = new WebSocketClient();
        if (subprotocol is not null) client._socket.Options.AddSubProtocol(subprotocol);
        if (second is not null) client._socket.Options.AddSubProtocol(second);
        if (authorization is not null) client._socket.Options.SetRequestHeader("Authorization", authorization);
        await Within(t => client._socket.ConnectAsync(new Uri($"ws://{daemon.SocketAddress}/"), t));
        string? chosen = client._socket.SubProtocol;
        if (chosen != subprotocol) throw new InvalidDataException($"asked for '{subprotocol}', got '{chosen}'");
        return client;
    }

    private static async Task Within(Func<CancellationToken, Task> action)
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        await action(limit.Token);
    }
}
