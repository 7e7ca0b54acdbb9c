using System;
using System.Net.Sockets;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Net;

/// <summary>
/// One socket: its buffers, what it waits for, and its end. What it speaks is its <see cref="Session"/>. Owned by its
/// loop's thread; other threads only post (<see cref="Mailbox"/>).
/// Bytes are received into the loop's window, and what a session leaves over is kept in a block of its size: an idle
/// connection holds no buffer. Only what outgrows a quarter of the window is received into its own block.
/// The end: a session finishes; what is queued is sent, then the sending half is closed, and the connection goes when
/// the peer has closed too or after a time-out, so that a last reply is never lost in a reset.
/// </summary>
internal sealed class Connection
{
    private const int ReceivesPerTurn = 4;
    private const int ReceivesAtStop = 64; // a peer that never pauses is cut off
    private const long Never = -1;

    private readonly SocketLoop _loop;
    private readonly Socket _socket;
    private NativeBlock? _carry;
    private int _carryCount;
    private bool _reads = true;  // what the poller watches for
    private bool _writes;
    private bool _peerEnded;
    private bool _isFinishing;
    private bool _hasShutDown;
    private long _finishDeadlineMs;
    private long _blockedSinceMs = Never; // the peer has not read since then
    private long _heldSinceMs = Never;    // there is something to read, and it is not read
    private bool _waitsForMemory;         // because a cut-off message found no block

    public Connection(SocketLoop loop, Socket socket, int token)
    {
        _loop = loop;
        _socket = socket;
        Token = token;
        ReceivedMs = loop.NowMs;
        Outbound = new Outbound(loop.Pool);
        Session = new HttpSession(this, loop);
    }

    public int Token { get; }

    public Session Session { get; private set; }

    public Outbound Outbound { get; }

    public Mailbox Mailbox { get; } = new();

    /// <summary>For the log.</summary>
    public string Peer => TlsDoor.PeerOf(_socket);

    /// <summary>When bytes came last.</summary>
    public long ReceivedMs { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>It came while the server stops: gets answers of HTTP, and nobody waits for it.</summary>
    public bool IsLate { get; set; }

    /// <summary>No more is read or said; only what is queued goes out.</summary>
    public bool IsFinishing => _isFinishing;

    /// <summary>There is something to read, but nowhere to put it: looked at more often.</summary>
    public bool IsHeld => _heldSinceMs != Never;

    /// <summary>Set while the loop has a signal of this connection that it has not handled.</summary>
    public int Signalled;

    public void Start() => _loop.Poller.Add(_socket, Token, read: true, write: false);

    /// <summary>From now on the connection speaks something else.</summary>
    public void Become(Session session) => Session = session;

    /// <summary>The poller says that the socket is ready.</summary>
    public void OnReady(in Readiness ready)
    {
        if (ready.Broken && !_reads)
        {
            _loop.Drop(this);
            return;
        }
        if (ready.Write && _writes) Flush();
        if (ready.Read && _reads && !IsClosed) Turn();
    }

    /// <summary>About once a second.</summary>
    public void OnTick()
    {
        long nowMs = _loop.NowMs;
        if (_isFinishing && nowMs >= _finishDeadlineMs)
        {
            _loop.Drop(this);
            return;
        }
        if (_blockedSinceMs != Never && nowMs - _blockedSinceMs >= _loop.Options.SendTimeout.TotalMilliseconds)
        {
            _loop.Counters.SlowReaders++;
            _loop.Drop(this);
            return;
        }
        if (!_isFinishing) Session.Tick();
        Flush();
    }

    /// <summary>Every few milliseconds while the connection is held.</summary>
    public void OnHeldTick()
    {
        bool wasForMemory = _waitsForMemory;
        if (wasForMemory ? !BufferToReceive().IsEmpty : Session.MayReceive)
        {
            Resume();
        }
        else if (_loop.NowMs - _heldSinceMs >= _loop.Options.Limits.MaxHoldBackSeconds * 1000L)
        {
            Release();
            if (wasForMemory) Session.OutOfMemory();
            else Session.HeldTooLong();
        }
        Flush();
    }

    /// <summary>Other threads have posted or signalled.</summary>
    public void OnSignal()
    {
        if (IsClosed) return;
        if (!_isFinishing) Session.Posted();
        Flush();
    }

    public void OnKept()
    {
        if (IsClosed || _isFinishing) return;
        Session.Kept();
        Flush();
    }

    /// <summary>The server stops: what the peer has sent so far is still taken.</summary>
    public void OnStop()
    {
        if (IsHeld && Session.MayReceive) Resume();
        for (int i = 0; i < ReceivesAtStop && !IsClosed && !_isFinishing && MayReceive && Session.MayReceive; i++)
        {
            if (!Receive()) break;
        }
        if (IsClosed) return;
        bool isEnding = _isFinishing; // its last answer may be one to what was just received
        if (!isEnding) Session.Stop();
        Flush();
        // An idle HTTP connection: nothing is under way, so there is no end of the peer's to wait for. Probes and
        // scrapers keep such connections open, and would hold up every stop.
        if (!isEnding && !IsClosed && _isFinishing && Outbound.Bytes == 0) _loop.Drop(this);
    }

    /// <summary>Nothing more is said after what is queued: send it and part.</summary>
    public void Finish()
    {
        if (_isFinishing) return;
        _isFinishing = true;
        if (IsHeld) Release();
        Session.Closed();
        _finishDeadlineMs = _loop.NowMs + (long)_loop.Options.CloseTimeout.TotalMilliseconds;
        ReleaseCarry();
    }

    /// <summary>Sends what can be sent and watches for what is wanted next.</summary>
    public void Flush()
    {
        if (IsClosed) return;
        if (Outbound.HasFailed)
        {
            _loop.Drop(this);
            return;
        }
        while (true)
        {
            int before = Outbound.Bytes;
            SendStatus status = Outbound.Send(_socket);
            if (status == SendStatus.Broken)
            {
                _loop.Drop(this);
                return;
            }
            if (status == SendStatus.Blocked)
            {
                if (_blockedSinceMs == Never || Outbound.Bytes < before) _blockedSinceMs = _loop.NowMs;
                break;
            }
            _blockedSinceMs = Never;
            if (_isFinishing && !Part()) return;
            if (!_isFinishing && before > 0) Session.Drained();
            if (Outbound.Bytes == 0) break;
        }
        Watch();
    }

    /// <summary>Everything that holds resources lets go; called by the loop once.</summary>
    public void Close()
    {
        IsClosed = true;
        if (IsHeld) Release();
        _loop.Poller.Remove(_socket, Token);
        try
        {
            if (!_isFinishing) Session.Closed();
        }
        finally
        {
            Mailbox.Close();
            Outbound.Clear();
            ReleaseCarry();
            _socket.Dispose();
        }
    }

    private bool MayReceive =>
        !_peerEnded && !IsHeld && (_isFinishing || Outbound.Bytes < _loop.Options.OutboundPauseBytes);

    private void Hold(bool forMemory)
    {
        _heldSinceMs = _loop.NowMs;
        _waitsForMemory = forMemory;
        _loop.Held++;
        _loop.Counters.HeldBack++;
    }

    private void Release()
    {
        _heldSinceMs = Never;
        _waitsForMemory = false;
        _loop.Held--;
    }

    /// <summary>Goes on after a hold, with what had come before it.</summary>
    private void Resume()
    {
        Release();
        if (!Session.IsStalled || _carry is null) return;
        Span<byte> input = _carry.Span[.._carryCount];
        Remainder remainder = Process(input);
        if (!_isFinishing) Keep(input.Slice(remainder.Start, remainder.Length));
        if (!_isFinishing) Session.EndTurn();
    }

    private void Watch()
    {
        bool reads = MayReceive;
        bool writes = Outbound.Bytes > 0;
        if (reads == _reads && writes == _writes) return;
        _reads = reads;
        _writes = writes;
        _loop.Poller.Change(_socket, Token, reads, writes);
    }

    /// <summary>A fair share of receives, then what they lead to.</summary>
    private void Turn()
    {
        if (!_isFinishing && !Session.MayReceive) Hold(forMemory: false);
        for (int i = 0; i < ReceivesPerTurn && MayReceive; i++)
        {
            if (_isFinishing ? !Discard() : !Session.MayReceive || !Receive()) break;
        }
        if (IsClosed) return;
        if (!_isFinishing) Session.EndTurn();
        if (!_isFinishing && Session.IsStalled && !IsHeld) Hold(forMemory: false);
        Flush();
    }

    /// <summary>False when nothing more is there for now.</summary>
    private bool Receive()
    {
        Span<byte> buffer = BufferToReceive();
        if (buffer.IsEmpty)
        {
            Hold(forMemory: true);
            return false;
        }
        int from = _carryCount;
        if (!TryReceive(buffer[from..], out int got)) return false;
        if (_peerEnded)
        {
            Session.PeerEnded();
            return false;
        }
        ReceivedMs = _loop.NowMs;
        _loop.Counters.BytesReceived += got;
        bool isFull = got == buffer.Length - from;
        Span<byte> input = buffer[..(from + got)];
        Remainder remainder = Process(input);
        if (!_isFinishing) Keep(input.Slice(remainder.Start, remainder.Length));
        return isFull;
    }

    private bool Discard() => TryReceive(_loop.Window, out _) && !_peerEnded;

    /// <summary>False when there is nothing; the connection is dropped when it failed.</summary>
    private bool TryReceive(Span<byte> into, out int got)
    {
        got = _socket.Receive(into, SocketFlags.None, out SocketError error);
        _peerEnded = got == 0 && error == SocketError.Success;
        if (error == SocketError.Success) return true;
        if (error is not (SocketError.WouldBlock or SocketError.Interrupted)) _loop.Drop(this);
        return false;
    }

    private Remainder Process(Span<byte> input)
    {
        Session session = Session;
        Remainder remainder = session.Process(input);
        while (session != Session && !_isFinishing)
        {
            session = Session;
            Remainder inner = session.Process(input.Slice(remainder.Start, remainder.Length));
            remainder = new Remainder(remainder.Start + inner.Start, inner.Length);
        }
        return remainder;
    }

    /// <summary>Where the next bytes go, behind what was kept, which is in front; empty when memory is short.</summary>
    private Span<byte> BufferToReceive()
    {
        Span<byte> window = _loop.Window;
        if (_carryCount <= window.Length / 4 && Session.Wanted <= window.Length)
        {
            // With memory short, no more than what can be kept in any case.
            int keepable = Math.Clamp(_carry?.Length ?? 0, BufferPool.SmallBytes, window.Length);
            if (_loop.IsMemoryShort) window = window[..keepable];
            if (_carryCount < window.Length)
            {
                if (_carryCount > 0) _carry!.Span[.._carryCount].CopyTo(window);
                return window;
            }
        }
        if (_carry is null || _carryCount + window.Length / 4 > _carry.Length)
            TryGrowCarry(window.Length);
        return _carry is not null && _carryCount < _carry.Length ? _carry.Span : default;
    }

    /// <summary>Doubles, or more when a known size is wanted; a peer gets only so far ahead of what it has
    /// sent.</summary>
    private void TryGrowCarry(int slack)
    {
        long least = Math.Max(2L * _carryCount, slack);
        long wanted = Math.Clamp(Session.Wanted + (long)slack / 4, least, 4 * least);
        NativeBlock? larger = _loop.Pool.TryRent((int)Math.Min(wanted, _loop.MaxCarryBytes));
        if (larger is null) return;
        ReplaceCarry(larger, _carry is null ? default : _carry.Span[.._carryCount]);
    }

    /// <summary>Keeps the remainder for the next receive, in a block of about its size.</summary>
    private void Keep(Span<byte> remainder)
    {
        if (remainder.IsEmpty)
        {
            ReleaseCarry();
            return;
        }
        bool fits = _carry is not null && _carry.Length >= remainder.Length;
        bool isWasteful = fits && _carry!.Length > BufferPool.SmallBytes && _carry.Length / 8 > remainder.Length;
        if (!fits || isWasteful)
        {
            NativeBlock? other = _loop.Pool.TryRent(remainder.Length);
            if (other is not null)
            {
                ReplaceCarry(other, remainder);
                _carryCount = remainder.Length;
                return;
            }
            if (!fits)
            {
                Session.OutOfMemory();
                return;
            }
        }
        remainder.CopyTo(_carry!.Span);
        _carryCount = remainder.Length;
    }

    private void ReplaceCarry(NativeBlock block, ReadOnlySpan<byte> content)
    {
        content.CopyTo(block.Span);
        if (_carry is not null) _loop.Pool.Return(_carry);
        _carry = block;
    }

    private void ReleaseCarry()
    {
        if (_carry is not null) _loop.Pool.Return(_carry);
        _carry = null;
        _carryCount = 0;
    }

    /// <summary>Everything is sent: ends our half. False when the peer has ended its half too and all is over.
    /// </summary>
    private bool Part()
    {
        if (_peerEnded)
        {
            _loop.Drop(this);
            return false;
        }
        if (_hasShutDown) return true;
        _hasShutDown = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The peer has reset the connection meanwhile: the poller reports it as broken.
        }
        return true;
    }
}
