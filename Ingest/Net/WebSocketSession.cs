using System;
using System.Text;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Original;
using Slungd.Ingest.Protocols.SlungV2;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Net;

/// <summary>
/// A WebSocket in either protocol. Payload goes to the decoder as it arrives; what it leaves over, and then the bytes
/// of an unfinished frame header, are the remainder. The end of a connection, whoever begins it:
/// Open -> (Settling: nothing is read, the last commits are awaited) -> the last ACK and the Close are sent ->
/// (CloseSent: the peer's Close is awaited, unless it came first or can't be understood) -> finished.
/// </summary>
internal sealed class WebSocketSession : Session, IReplies
{
    private enum State : byte { Open, Settling, CloseSent, Done }

    private readonly Connection _connection;
    private readonly SocketLoop _loop;
    private readonly ulong _producer;
    private AccessToken? _token;   // as the file of tokens has it since the last tick
    private readonly MessageDecoder _decoder;
    private readonly SlungV2Decoder? _slungV2;
    private readonly TextRequests? _requests;
    private FrameReader _frames;
    private Utf8Checker _utf8;
    private State _state;
    private int _pending;          // payload of the current message at the front of the remainder
    private long _malformedLogged; // how many of the decoder's have been passed to the log
    private long _pingedSilenceMs = -1; // the silence since then got its ping
    private CloseCode _closeCode;
    private string? _closeReason;
    private bool _writes;          // it sends points: held back while they can't be taken
    private bool _isStalled;       // its first points are the remainder: they came while none can be taken
    private bool _peerIsDone;      // it sent its Close, or can't be understood any more
    private long _deadlineMs;      // of Settling and CloseSent
    private long _turnStart;       // when this turn's first bytes came; 0 between turns

    public WebSocketSession(Connection connection, SocketLoop loop, ulong producer, bool isSlungV2,
        AccessToken? token)
    {
        _connection = connection;
        _loop = loop;
        _producer = producer;
        _token = token;
        _frames = new FrameReader(expectMask: true, loop.Options.Limits.MaxMessageBytes);
        if (isSlungV2)
        {
            _slungV2 = new SlungV2Decoder(loop.Batch, this, loop.Counters.SlungV2, producer, loop.Options.Limits,
                loop.Server.LargeBudget, loop.Server.NextSeed(), mayWrite: token?.May(TokenScope.Write) != false);
            _requests = new TextRequests(connection, loop, mayRead: token?.May(TokenScope.Read) != false);
            _decoder = _slungV2;
        }
        else
        {
            _decoder = new OriginalDecoder(loop.Batch, loop.Counters.Original, producer);
            _writes = true; // it can do nothing else
        }
        loop.Counters.Upgrades++;
        loop.Counters.OpenWebSockets++;
        loop.Server.Register(producer, loop, connection);
    }

    public override bool MayReceive => _state switch
    {
        State.Open => MayTakePoints || !_writes,
        State.Settling => false,
        _ => true,
    };

    public override bool IsStalled => _isStalled;

    private bool MayTakePoints => _loop.Sink.State == SinkState.Ready && !IsOverdrawn;

    private ProtocolCounters Counters => _slungV2 is null ? _loop.Counters.Original : _loop.Counters.SlungV2;

    private bool IsOverdrawn => _token?.Allowance is { } allowance && allowance.Debt() > TimeSpan.Zero;

    public override int Wanted
    {
        get
        {
            if (_pending == 0) return 0;
            int needed = _decoder.Needed;
            return needed != int.MaxValue ? needed
                : (int)Math.Min(_pending + _frames.Announced, _loop.Options.Limits.MaxMessageBytes);
        }
    }

    public override Remainder Process(Span<byte> input)
    {
        _loop.TokenSink.Token = _token;
        if (_turnStart == 0)
            _turnStart = _loop.Clock.GetTimestamp();
        int payload = 0, payloadEnd = _pending, offset = _pending;
        _isStalled = false;
        while (true)
        {
            if (!_writes && AreFirstPoints(input, offset) && !MayTakePoints)
            {
                _isStalled = true;
                break;
            }
            FrameStatus status = _frames.Read(input, ref offset, out FrameChunk chunk);
            if (status == FrameStatus.Data)
            {
                if (_state != State.Open) continue;
                if (payload == payloadEnd) payload = payloadEnd = chunk.Start;
                else if (payloadEnd != chunk.Start) Move(input, chunk, payloadEnd);
                payloadEnd += chunk.Length;
                payload += TakePayload(input[payload..payloadEnd], chunk.Length, chunk.Opcode, chunk.Final);
            }
            else if (status == FrameStatus.Control)
            {
                TakeControl(chunk.Opcode, input.Slice(chunk.Start, chunk.Length));
            }
            else if (status == FrameStatus.Violation)
            {
                Violate(_frames.Violation, _frames.ViolationReason!);
            }
            else
            {
                break;
            }
            if (_state is State.Settling or State.Done) return default;
        }
        return RemainderOf(input, payload, payloadEnd, offset);
    }

    public override void EndTurn()
    {
        _decoder.Flush();
        SendAck();
        if (_decoder.Malformed != _malformedLogged) LogMalformed();
        if (_turnStart == 0) return;
        Counters.Turns.Record(_loop.Clock.GetElapsedTime(_turnStart));
        _turnStart = 0;
    }

    public override void PeerEnded()
    {
        EndTurn();
        _connection.Finish();
        _state = State.Done;
    }

    public override void OutOfMemory()
    {
        _peerIsDone = true; // bytes were lost: what follows can't be understood
        Refuse(RefusalCode.Memory);
    }

    public override void HeldTooLong()
    {
        switch (_loop.Sink.State)
        {
            case SinkState.MemoryShort:
                Refuse(RefusalCode.Memory);
                break;
            case SinkState.DiskShort:
                Refuse(RefusalCode.Disk);
                break;
            case SinkState.Ready when IsOverdrawn:
                Refuse(RefusalCode.Rate);
                break;
            default:
                Stop();
                break;
        }
    }

    public override void Tick()
    {
        long nowMs = _loop.NowMs;
        if (_state == State.Settling && nowMs >= _deadlineMs) SendClose();
        else if (_state == State.CloseSent && nowMs >= _deadlineMs) Finish();
        if (_state == State.Open && _token is not null)
        {
            AccessToken? current = _loop.Options.Access!.Current(_token);
            if (current is null) BeginClose(CloseCode.PolicyViolation, "the token is not valid any more");
            else _token = current;
        }
        if (_state != State.Open || _connection.IsHeld || _connection.Outbound.Bytes > 0) return;
        long silentMs = nowMs - _connection.ReceivedMs;
        if (silentMs < _loop.Options.PingAfter.TotalMilliseconds) return;
        if (silentMs >= _loop.Options.CloseAfter.TotalMilliseconds)
        {
            BeginClose(CloseCode.GoingAway, "idle");
        }
        else if (_pingedSilenceMs != _connection.ReceivedMs)
        {
            _pingedSilenceMs = _connection.ReceivedMs;
            WriteFrame(Opcode.Ping, default);
        }
    }

    public override void Posted()
    {
        while (_connection.Mailbox.TryTake(out PostedFrames frames))
        {
            if (_state == State.Open) _connection.Outbound.Attach(frames);
            else frames.Block.Dispose();
        }
        if (_state == State.Open) _requests?.SendLive();
    }

    public override void Drained()
    {
        if (_state == State.Open) _requests?.SendLive();
    }

    public override void Kept()
    {
        SendAck();
        if (_state == State.Settling && !_slungV2!.Acks.IsWaiting) SendClose();
    }

    public override void Stop() => BeginClose(CloseCode.GoingAway, "shutting down");

    public override void Closed()
    {
        _state = State.Done;
        _decoder.Flush();
        _slungV2?.Dispose();
        _requests?.Dispose();
        _loop.Counters.OpenWebSockets--;
        _loop.Server.Leave(_producer);
    }

    void IReplies.Error(ulong first, uint count, RefusalCode code, ReadOnlySpan<byte> text)
    {
        int length = ReplyLayout.ErrorHeaderBytes + text.Length;
        Span<byte> to = BeginFrame(Opcode.Binary, length, out int total);
        ReplyLayout.WriteError(to, first, count, code, text);
        _connection.Outbound.Advance(total);
    }

    /// <summary>Who only asks is answered even while no points can be taken; with its first message of points it
    /// becomes a writer.</summary>
    private bool AreFirstPoints(ReadOnlySpan<byte> input, int offset)
    {
        if (_state != State.Open || offset >= input.Length || !_frames.IsBetweenMessages) return false;
        _writes = (input[offset] & 0x0F) == (int)Opcode.Binary && _token?.May(TokenScope.Write) != false;
        return _writes;
    }

    private static void Move(Span<byte> input, in FrameChunk chunk, int to) =>
        input.Slice(chunk.Start, chunk.Length).CopyTo(input[to..]);

    /// <summary>What is left: payload that waits for more, and behind it the bytes of an unfinished frame.</summary>
    private Remainder RemainderOf(Span<byte> input, int payload, int payloadEnd, int offset)
    {
        int raw = input.Length - offset;
        _pending = payloadEnd - payload;
        if (_pending == 0) return new Remainder(offset, raw);
        if (raw > 0 && payloadEnd != offset) input[offset..].CopyTo(input[payloadEnd..]);
        return new Remainder(payload, _pending + raw);
    }

    /// <summary>Takes what is there of the current message, whose last <paramref name="added"/> bytes are
    /// new.</summary>
    /// <returns>How many bytes are done with.</returns>
    private int TakePayload(Span<byte> payload, int added, Opcode opcode, bool final)
    {
        if (opcode == Opcode.Binary)
            return final || payload.Length >= _decoder.Needed ? _decoder.Decode(payload, final) : 0;
        if (!_utf8.Add(payload[^added..]) || final && !_utf8.IsComplete)
        {
            Violate(CloseCode.InvalidPayload, "the text is not UTF-8");
            return payload.Length;
        }
        if (!final) return 0;
        if (_requests is null) return _decoder.Decode(payload, final: true);
        _decoder.Flush(); // a query sees the points that were sent before it
        _requests.Take(payload);
        return payload.Length;
    }

    private void TakeControl(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        switch (opcode)
        {
            case Opcode.Ping:
                if (_state == State.Open) WriteFrame(Opcode.Pong, payload);
                break;
            case Opcode.Close:
                TakeClose(payload);
                break;
        }
    }

    private void TakeClose(ReadOnlySpan<byte> payload)
    {
        CloseCode wrong = ClosePayload.Read(payload, out CloseCode code);
        _peerIsDone = true;
        if (_state == State.CloseSent) Finish();
        else if (wrong == CloseCode.None) BeginClose(code, null);
        else Violate(wrong, "the Close frame is wrong");
    }

    private void Violate(CloseCode code, string reason)
    {
        _loop.Counters.Violations++;
        _peerIsDone = true;
        if (_state == State.Open) BeginClose(code, reason);
        else Finish();
    }

    private void Refuse(RefusalCode code)
    {
        if (_state != State.Open) return;
        _decoder.Flush();
        _loop.Sink.CountTurnedAway(code);
        if (_slungV2 is not null) ((IReplies)this).Error(_slungV2.NextPoint, 0, code, ReasonOf(code));
        BeginClose(CloseCode.TryAgainLater, code switch
        {
            RefusalCode.Memory => "memory is short",
            RefusalCode.Disk => "disk is short",
            _ => "too many points per second",
        });
    }

    /// <summary>The store's own words where it is the store that refuses.</summary>
    private ReadOnlySpan<byte> ReasonOf(RefusalCode code) =>
        code is RefusalCode.Memory or RefusalCode.Disk && _loop.Sink.StateReason is { } reason
            ? Encoding.UTF8.GetBytes(reason) : RefusalText.Of(code);

    /// <summary>Ends the conversation: after the last commits.</summary>
    private void BeginClose(CloseCode code, string? reason)
    {
        if (_state != State.Open) return;
        _closeCode = code;
        _closeReason = reason;
        EndTurn();
        _deadlineMs = _loop.NowMs + (long)_loop.Options.CloseTimeout.TotalMilliseconds;
        _state = State.Settling;
        if (_slungV2 is null || !_slungV2.Acks.IsWaiting) SendClose();
    }

    private void SendClose()
    {
        SendAck();
        Span<byte> payload = stackalloc byte[FrameWriter.MaxControlPayload];
        int length = FrameWriter.WriteClosePayload(payload, _closeCode, _closeReason);
        WriteFrame(Opcode.Close, payload[..length]);
        _deadlineMs = _loop.NowMs + (long)_loop.Options.CloseTimeout.TotalMilliseconds;
        _state = State.CloseSent;
        if (_peerIsDone) Finish();
    }

    private void Finish()
    {
        _state = State.Done;
        _connection.Finish();
    }

    private void SendAck()
    {
        if (_slungV2 is null || !_slungV2.Acks.TryTake(_loop.Sink.KeptThrough, out ulong below)) return;
        Span<byte> to = BeginFrame(Opcode.Binary, ReplyLayout.AckBytes, out int total);
        ReplyLayout.WriteAck(to, below);
        _connection.Outbound.Advance(total);
    }

    private void WriteFrame(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        Span<byte> to = BeginFrame(opcode, payload.Length, out int total);
        payload.CopyTo(to);
        _connection.Outbound.Advance(total);
    }

    /// <summary>Writes a frame's header; the payload's place is returned, to be written before advancing.</summary>
    private Span<byte> BeginFrame(Opcode opcode, int length, out int total)
    {
        total = FrameWriter.HeaderBytes(length, masked: false) + length;
        Span<byte> to = _connection.Outbound.GetSpan(total);
        return to[FrameWriter.WriteHeader(to, opcode, length)..];
    }

    private void LogMalformed()
    {
        long count = _decoder.Malformed - _malformedLogged;
        _malformedLogged = _decoder.Malformed;
        if (_loop.Server.MalformedLog.MayLog(_loop.NowMs, count, out long events))
            Log.MalformedEvents(_loop.Logger, events, _producer);
    }
}
