using System;
using System.Buffers;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Net;

/// <summary>The HTTP side of port 2077 (design, section 4, the table): probes and the WebSocket upgrade. Probes may use
/// the connection again; every other answer ends it.</summary>
internal sealed class HttpSession(Connection connection, SocketLoop loop) : Session
{
    public const string Subprotocol = "slung.v2";

    private const string RetrySoon = "Retry-After: 1\r\n";

    private static ReadOnlySpan<byte> UseWebSocket =>
        """{"status":"error","info":"use websocket binary frames to stream data"}"""u8;

    private int _scanned;
    private bool _isPipelined;               // more than this request has arrived
    private bool _hasBegun;                  // bytes of a head are there
    private bool _hasAnswered;               // at least one request
    private long _sinceMs = loop.NowMs;      // the head began, or the connection became idle

    public override Remainder Process(Span<byte> input)
    {
        int at = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = input[at..];
            HeadStatus status = HttpHeadParser.Parse(rest, "slung.v2"u8, ref _scanned, out HttpHead head,
                out int length);
            if (status == HeadStatus.Incomplete)
            {
                NoteProgress(rest.Length);
                if (rest.Length > loop.Options.Limits.MaxHeadBytes) AnswerError(431, "the request head is too large");
                return new Remainder(at, rest.Length);
            }
            if (status == HeadStatus.Malformed)
            {
                AnswerError(400, "malformed request");
                return default;
            }
            if (length > loop.Options.Limits.MaxHeadBytes)
            {
                AnswerError(431, "the request head is too large");
                return default;
            }
            at += length;
            _scanned = 0;
            _isPipelined = at < input.Length;
            bool goesOn = Answer(head);
            if (connection.Session != this) return new Remainder(at, input.Length - at);
            if (!goesOn) return default;
            _hasAnswered = true;
            _hasBegun = false;
            _sinceMs = loop.NowMs;
        }
    }

    public override void EndTurn() { }

    public override void PeerEnded() => connection.Finish();

    public override void OutOfMemory() => AnswerError(503, "memory is short", RetrySoon);

    public override void Tick()
    {
        bool isIdle = _hasAnswered && !_hasBegun;
        TimeSpan limit = isIdle ? loop.Options.IdleHttpTimeout : loop.Options.HeadTimeout;
        if (loop.NowMs - _sinceMs < limit.TotalMilliseconds) return;
        if (_hasBegun) AnswerError(408, "the request head took too long");
        else connection.Finish();
    }

    public override void Stop() => connection.Finish();

    private void NoteProgress(int bytes)
    {
        if (bytes == 0 || _hasBegun) return;
        _hasBegun = true;
        if (_hasAnswered) _sinceMs = loop.NowMs; // the first head is timed from the accept
    }

    /// <summary>True when another request may follow.</summary>
    private bool Answer(in HttpHead head)
    {
        string? host = head.HasHost ? Encoding.Latin1.GetString(head.Host) : null;
        string? origin = head.HasOrigin ? Encoding.Latin1.GetString(head.Origin) : null;
        OriginVerdict verdict = loop.Options.Origins.Check(host, origin, loop.IsLoopback);
        if (verdict != OriginVerdict.Allowed)
            return AnswerLast(403, Encoding.UTF8.GetBytes(OriginPolicy.Explain(verdict)!), head);
        bool isRead = head.Method is HttpMethod.Get or HttpMethod.Head;
        if (isRead && head.Path.SequenceEqual("/health"u8)) return AnswerProbe(200, loop.Probes.Health(), head);
        if (isRead && head.Path.SequenceEqual("/ready"u8))
        {
            bool isReady = loop.Probes.Ready(out byte[] body);
            return AnswerProbe(isReady ? 200 : 503, body, head);
        }
        if (isRead && head.Path.SequenceEqual("/metrics"u8))
        {
            if (!IsAllowed(head, TokenScope.Read, out _)) return false;
            var text = new ArrayBufferWriter<byte>(16 * 1024);
            loop.Probes.Metrics(text);
            return AnswerProbe(200, text.WrittenSpan, head, HttpAnswer.PlainMetrics);
        }
        if (!head.Path.SequenceEqual("/"u8) || head.Method == HttpMethod.Other)
            return AnswerLast(404, """{"status":"error","info":"not found"}"""u8, head);
        if (!head.AsksForWebSocket) return AnswerLast(400, UseWebSocket, head);
        return Upgrade(head);
    }

    private bool Upgrade(in HttpHead head)
    {
        if (!head.WebSocketVersion.SequenceEqual("13"u8))
        {
            ReadOnlySpan<byte> body = """{"status":"error","info":"WebSocket version 13 is needed"}"""u8;
            return AnswerLast(426, body, head, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
        }
        if (!Handshake.IsValidKey(head.WebSocketKey) || head.HasBody) return AnswerLast(400, UseWebSocket, head);
        if (loop.Sink.State is SinkState.Recovering or SinkState.Stopping || loop.IsStopping)
        {
            bool starts = loop.Sink.State == SinkState.Recovering;
            return AnswerLast(503, starts ? """{"status":"error","info":"the store is being opened"}"""u8
                : """{"status":"error","info":"shutting down"}"""u8, head, RetrySoon);
        }
        // A client of the original protocol can do nothing but write; of the other it may be either.
        if (!IsAllowed(head, head.OffersProtocol ? TokenScope.Read | TokenScope.Write : TokenScope.Write,
            out AccessToken? token)) return false;
        if (!loop.Server.TryEnter(out ulong producer))
        {
            loop.Counters.Refused++;
            return AnswerLast(503, """{"status":"error","info":"too many connections"}"""u8, head, RetrySoon);
        }
        HttpAnswer.WriteUpgrade(connection.Outbound, head.WebSocketKey, head.OffersProtocol ? Subprotocol : null);
        connection.Become(new WebSocketSession(connection, loop, producer, head.OffersProtocol, token));
        return true;
    }

    /// <summary>False when the tokens do not allow it: the answer was sent, the last one.</summary>
    /// <param name="head">Of the request.</param>
    /// <param name="needed">One of these is enough.</param>
    /// <param name="token">Null when there are no tokens.</param>
    private bool IsAllowed(in HttpHead head, TokenScope needed, out AccessToken? token)
    {
        token = null;
        if (loop.Options.Access is not { } access) return true;
        string? secret = head.HasAuthorization
            ? ShownToken.FromAuthorization(Encoding.Latin1.GetString(head.Authorization))
            : head.TokenProtocol.IsEmpty ? ShownToken.FromQuery(head.Query)
            : ShownToken.FromSubprotocol(head.TokenProtocol);
        AccessVerdict verdict = access.Check(secret, needed, out token);
        if (verdict == AccessVerdict.Allowed) return true;
        if (loop.Server.DeniedLog.MayLog(loop.NowMs, 1, out long count))
            Log.Denied(loop.Server.Logger, count, connection.Peer, AccessPolicy.Explain(verdict, needed));
        string json = $$"""{"status":"error","info":"{{AccessPolicy.Explain(verdict, needed)}}"}""";
        bool isUnknown = verdict == AccessVerdict.Unknown;
        return AnswerLast(isUnknown ? 401 : 403, Encoding.UTF8.GetBytes(json), head,
            isUnknown ? AccessPolicy.ChallengeField : "");
    }

    private bool AnswerProbe(int status, ReadOnlySpan<byte> body, in HttpHead head, string type = HttpAnswer.Json)
    {
        // Answering a pipeline could pile up any number of answers; its client asks again on a new connection.
        bool keeps = head.KeepsAlive && !head.HasBody && !_isPipelined && !loop.IsStopping;
        Write(status, type, body, head.Method == HttpMethod.Head, !keeps, "");
        return keeps;
    }

    private bool AnswerLast(int status, ReadOnlySpan<byte> body, in HttpHead head, string field = "")
    {
        Write(status, HttpAnswer.Json, body, head.Method == HttpMethod.Head, close: true, field);
        return false;
    }

    private void AnswerError(int status, string info, string field = "") => Write(status, HttpAnswer.Json,
        Encoding.UTF8.GetBytes($$"""{"status":"error","info":"{{info}}"}"""), omitBody: false, close: true, field);

    private void Write(int status, string type, ReadOnlySpan<byte> body, bool omitBody, bool close, string field)
    {
        HttpAnswer.Write(connection.Outbound, status, type, body, loop.Clock.GetUtcNow(), close, omitBody, field);
        if (close) connection.Finish();
    }
}
