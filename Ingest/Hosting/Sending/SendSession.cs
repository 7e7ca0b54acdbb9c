using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Net;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>Sends batches over slung.v2 and keeps each until it is acknowledged. When the connection breaks it connects
/// again and resends from the last acknowledged point (design, section 4.2). One thread sends; a thread of its own
/// reads the answers.</summary>
/// <param name="address">The daemon's WebSocket door.</param>
/// <param name="patience">How long to try again, while nothing is acknowledged, before giving up.</param>
/// <param name="refused">Told of each refused point, from the reading thread: its file and line, and why.</param>
/// <param name="waiting">Told once why the session tries again, when points are refused for now.</param>
/// <param name="clock">For the patience.</param>
internal sealed class SendSession(IPEndPoint address, TimeSpan patience, Action<string, long, string> refused,
    Action<string> waiting, TimeProvider clock) : IDisposable
{
    private const byte AckKind = 0x81, ErrorKind = 0x82;

    /// <summary>Batches in flight: about 8 MB, enough to keep the daemon busy over a slow line.</summary>
    private const int MaxUnacked = 128;

    /// <summary>A daemon that holds back answers within 10 s, so this long means that the line is dead.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>Before a daemon that acknowledged nothing is asked again, which it may refuse at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly object _gate = new(); // guards what both threads use
    private readonly Queue<PointBatch> _unacked = new();
    private readonly Stack<PointBatch> _free = new();
    private WebSocketClient? _client;
    private Thread? _reader;
    private long _next; // number of the next point on this connection
    private long _held; // points from here on were refused for want of memory or disk and will be sent again
    private string? _ended; // why this connection is over
    private string? _shortage; // what the daemon said when it refused points for now
    private long _answered; // when the daemon last answered for a point, or got one while it owed no answer
    private long _answeredPoints; // so many had their answer when this connection began
    private bool _hasTold;

    /// <summary>Points that the daemon has kept.</summary>
    public long Kept { get; private set; }

    /// <summary>Points that the daemon has refused for good.</summary>
    public long Refused { get; private set; }

    /// <summary>An empty batch to fill.</summary>
    public PointBatch Rent(string source)
    {
        lock (_gate)
        {
            PointBatch batch = _free.Count > 0 ? _free.Pop() : new PointBatch();
            batch.Clear(source);
            return batch;
        }
    }

    private static WebSocketClientOptions Options => new() { Token = ClientAccess.Token, Tls = ClientAccess.Tls };

    /// <summary>The first connection; not tried twice, since a wrong address is the likeliest cause.</summary>
    /// <exception cref="WebSocketException">The daemon can't be reached or refuses.</exception>
    public void Connect() => Begin(WebSocketClient.Connect(address, Options));

    /// <summary>Sends a batch, which belongs to the session from now on. Waits while too many are in flight.</summary>
    /// <exception cref="WebSocketException">The daemon stayed away for longer than the patience.</exception>
    public void Send(PointBatch batch)
    {
        while (true)
        {
            lock (_gate)
            {
                if (WaitWhileUnacked(MaxUnacked))
                {
                    if (_unacked.Count == 0) _answered = clock.GetTimestamp();
                    Enqueue(batch);
                    break;
                }
            }
            Resume();
        }
        TrySend(batch);
    }

    /// <summary>Waits until everything is acknowledged, and says goodbye.</summary>
    public void Finish()
    {
        while (true)
        {
            lock (_gate)
            {
                WaitWhileUnacked(1);
                if (_unacked.Count == 0) break;
            }
            Resume();
        }
        try { _client!.SendClose(); }
        catch (WebSocketException)
        {
            return; // everything is acknowledged: a connection that breaks now breaks nothing
        }
        _reader!.Join(TimeSpan.FromSeconds(5));
    }

    public void Dispose() => _client?.Dispose();

    /// <summary>Waits, under the gate, while there are so many; false when the connection is over.</summary>
    private bool WaitWhileUnacked(int count)
    {
        while (_ended is null && _unacked.Count >= count)
        {
            long before = Kept + Refused;
            if (!Monitor.Wait(_gate, Silence) && Kept + Refused == before) _ended ??= "the daemon is silent";
        }
        return _ended is null;
    }

    private void Enqueue(PointBatch batch)
    {
        batch.First = _next;
        _next += batch.Count;
        _unacked.Enqueue(batch);
    }

    private void TrySend(PointBatch batch)
    {
        try { _client!.Send(Opcode.Binary, batch.Message); }
        catch (WebSocketException e) { End(e.Message); } // the next call connects again
    }

    /// <summary>Connects again and sends what was not acknowledged.</summary>
    /// <exception cref="WebSocketException">The daemon stayed away, or acknowledged nothing, for longer than the
    /// patience.</exception>
    private void Resume()
    {
        _client!.Dispose();
        _reader!.Join();
        WaitForProgress();
        Begin(Reconnect());
        PointBatch[] again;
        lock (_gate)
        {
            again = _unacked.ToArray();
            _unacked.Clear();
            foreach (PointBatch batch in again)
            {
                batch.RemoveAcked();
                Enqueue(batch);
            }
        }
        foreach (PointBatch batch in again)
        {
            lock (_gate)
            {
                if (_ended is not null) return;
            }
            TrySend(batch);
        }
    }

    /// <summary>Pauses when a connection has ended without an answer for any point, or gives up: one that can be made
    /// is no progress.</summary>
    private void WaitForProgress()
    {
        if (_unacked.Count == 0 || Kept + Refused > _answeredPoints) return;
        if (clock.GetElapsedTime(_answered) > patience) throw new WebSocketException(_ended!);
        if (_shortage is not null && !_hasTold) waiting(_ended!);
        _hasTold |= _shortage is not null;
        Thread.Sleep(Pause);
    }

    private WebSocketClient Reconnect()
    {
        long started = clock.GetTimestamp();
        for (int pauseMs = 250; ; pauseMs = Math.Min(pauseMs * 2, 5_000))
        {
            try { return WebSocketClient.Connect(address, Options); }
            catch (WebSocketException e)
            {
                bool mayPass = e.Status is 0 or 503; // unreachable, or recovering
                if (!mayPass || clock.GetElapsedTime(started) > patience)
                    throw new WebSocketException($"{_ended}; {e.Message}", e);
            }
            Thread.Sleep(pauseMs);
        }
    }

    private void Begin(WebSocketClient client)
    {
        _client = client;
        lock (_gate)
        {
            _next = 0;
            _held = long.MaxValue;
            _ended = _shortage = null;
            _answeredPoints = Kept + Refused;
        }
        _reader = new Thread(() => ReadAnswers(client)) { IsBackground = true, Name = "answers" };
        _reader.Start();
    }

    private void ReadAnswers(WebSocketClient client)
    {
        try
        {
            while (true)
            {
                ClientMessage message = client.TryReceive(-1);
                if (message == ClientMessage.Binary) Take(client.Payload);
                else if (message is ClientMessage.Close or ClientMessage.End)
                {
                    bool closed = message == ClientMessage.Close;
                    End(_shortage ?? (closed ? $"the daemon closed ({client.CloseCode})" : "the connection broke"));
                    return;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or SocketException or ObjectDisposedException)
        {
            End(e.Message);
        }
        catch (ArgumentOutOfRangeException)
        {
            End("the daemon sent an answer that is too short");
        }
    }

    private void End(string why)
    {
        lock (_gate)
        {
            _ended ??= why;
            Monitor.PulseAll(_gate);
        }
    }

    private void Take(ReadOnlySpan<byte> answer)
    {
        lock (_gate)
        {
            if (answer[0] == AckKind) TakeAck(BinaryPrimitives.ReadInt64LittleEndian(answer[1..]));
            else if (answer[0] == ErrorKind) TakeError(answer);
            Monitor.PulseAll(_gate);
        }
    }

    private void TakeAck(long acked)
    {
        acked = Math.Min(acked, _held);
        while (_unacked.TryPeek(out PointBatch? batch) && batch.First < acked)
        {
            int before = batch.Acked;
            int kept = batch.AckUpTo((int)Math.Min(batch.Count, acked - batch.First));
            if (batch.Acked > before) _answered = clock.GetTimestamp();
            Kept += kept;
            Refused += batch.Acked - before - kept;
            if (batch.Acked < batch.Count) return;
            _free.Push(_unacked.Dequeue());
        }
    }

    /// <summary>`0x82 | u64 first | u32 count | u16 code | u16 text length | text`.</summary>
    private void TakeError(ReadOnlySpan<byte> answer)
    {
        long first = BinaryPrimitives.ReadInt64LittleEndian(answer[1..]);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(answer[9..]);
        var code = (RefusalCode)BinaryPrimitives.ReadUInt16LittleEndian(answer[13..]);
        string text = Encoding.UTF8.GetString(answer.Slice(17, BinaryPrimitives.ReadUInt16LittleEndian(answer[15..])));
        bool isForNow = code is RefusalCode.Memory or RefusalCode.Disk || code == RefusalCode.Rate && count == 0;
        if (isForNow)
        {
            _held = Math.Min(_held, first);
            _shortage = $"the daemon refuses points: {text}";
            return;
        }
        foreach (PointBatch batch in _unacked)
        {
            long from = Math.Max(first, batch.First), to = Math.Min(first + count, batch.First + batch.Count);
            for (long point = from; point < to; point++)
                if (batch.TryRefuse((int)(point - batch.First), out long line)) refused(batch.Source, line, text);
        }
    }
}
