using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Net;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>One connection of a load: sends on the calling thread and looks at the answers between sends, which costs
/// less than a second thread would.</summary>
internal sealed class LoadConnection : IDisposable
{
    private const byte AckKind = 0x81, ErrorKind = 0x82;
    private const int SilenceMs = 30_000;

    private readonly WebSocketClient _client;
    private readonly LoadFrames _frames;
    private readonly bool _hasAcks;
    private readonly Queue<(long End, long Ticks)> _inFlight = new();

    /// <exception cref="WebSocketException">Not reachable, or refused.</exception>
    public LoadConnection(LoadOptions options, int number)
    {
        _hasAcks = options.Protocol != LoadProtocol.Original;
        _client = WebSocketClient.Connect(options.Address, new WebSocketClientOptions
        {
            Subprotocol = _hasAcks ? "slung.v2" : null, Timeout = TimeSpan.FromSeconds(30),
            Token = ClientAccess.Token, Tls = ClientAccess.Tls,
        });
        _frames = LoadFrames.Create(options, number);
        foreach (byte[] definitions in _frames.Definitions) _client.Send(Opcode.Binary, definitions);
    }

    public long Sent { get; private set; }

    public long SentBytes { get; private set; }

    /// <summary>Points that the daemon answered for.</summary>
    public long Acked { get; private set; }

    /// <summary>Points named in errors.</summary>
    public long Refused { get; private set; }

    /// <summary>The text of the first error.</summary>
    public string? FirstError { get; private set; }

    /// <summary>From just before a send until its last point was acknowledged, in ticks of the stopwatch.</summary>
    public List<long> Latencies { get; } = [];

    /// <summary>Sends so many points, or a few more, and waits for the last answer.</summary>
    /// <exception cref="WebSocketException">The connection broke, or the daemon is silent.</exception>
    public void Run(long points)
    {
        while (Sent < points)
        {
            ReadOnlySpan<byte> frames = _frames.Next(points - Sent, out int count);
            if (_hasAcks) _inFlight.Enqueue((Sent + count, Stopwatch.GetTimestamp()));
            _client.SendFrames(frames);
            Sent += count;
            SentBytes += frames.Length;
            if (_hasAcks) TakeAnswers(0);
        }
        while (_hasAcks && Acked < Sent)
            if (!TakeAnswers(SilenceMs)) throw new WebSocketException("the daemon is silent");
        // The original protocol has no answers: the echo of the Close says that everything before it was read.
        _client.SendClose();
        ClientMessage last;
        do last = _client.TryReceive(SilenceMs);
        while (last is ClientMessage.Binary or ClientMessage.Text or ClientMessage.Pong);
        if (!_hasAcks) Acked = Sent;
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Takes what is there, and waits for the first so long; false when nothing came.</summary>
    private bool TakeAnswers(int timeoutMs)
    {
        bool any = false;
        while (true)
        {
            ClientMessage message = _client.TryReceive(any ? 0 : timeoutMs);
            if (message == ClientMessage.None) return any;
            any = true;
            if (message == ClientMessage.Close) throw new WebSocketException($"the daemon closed: {_client.CloseCode}");
            if (message == ClientMessage.End) throw new WebSocketException("the connection broke");
            if (message == ClientMessage.Binary) Take(_client.Payload);
        }
    }

    private void Take(ReadOnlySpan<byte> answer)
    {
        if (answer[0] == AckKind && answer.Length == 9)
        {
            Acked = BinaryPrimitives.ReadInt64LittleEndian(answer[1..]);
            long now = Stopwatch.GetTimestamp();
            while (_inFlight.TryPeek(out (long End, long Ticks) oldest) && oldest.End <= Acked)
            {
                Latencies.Add(now - oldest.Ticks);
                _inFlight.Dequeue();
            }
        }
        else if (answer[0] == ErrorKind && answer.Length >= 17)
        {
            Refused += BinaryPrimitives.ReadUInt32LittleEndian(answer[9..]);
            var code = (RefusalCode)BinaryPrimitives.ReadUInt16LittleEndian(answer[13..]);
            FirstError ??= $"{code}: {Encoding.UTF8.GetString(answer[17..])}";
        }
    }
}
