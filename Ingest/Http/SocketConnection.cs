using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using Slungd.Native.Os;

namespace Slungd.Ingest.Http;

/// <summary>One connection under Kestrel: what is received goes into a pipe as it comes, so that a client's leaving is
/// seen while its request is worked on; what is answered is sent by whoever flushes it. An idle connection holds no
/// buffer, one that brings little a small one, and one in bulk large ones.</summary>
internal sealed class SocketConnection : DefaultConnectionContext
{
    private const int SmallBytes = 4 * 1024, LargeBytes = 64 * 1024;

    // As Kestrel would set it; whoever writes more waits for the client.
    private const int MaxUnsentBytes = 64 * 1024;

    private const int TcpLevel = 6, TcpInfo = 11, AckedAt = 120; // tcpi_bytes_acked in linux/tcp.h

    /// <summary>Of a client that takes nothing of what waits for it.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    private static readonly PipeOptions s_sending = new(readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.ThreadPool, pauseWriterThreshold: MaxUnsentBytes,
        resumeWriterThreshold: MaxUnsentBytes / 2, useSynchronizationContext: false);

    private static long s_lastNumber;

    private readonly Socket _socket;
    private readonly Pipe _received, _unsent = new(s_sending);
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _lock = new();
    private Task _work = Task.CompletedTask;
    private bool _isEnded; // under the lock
    private ConnectionAbortedException? _abortedWith;
    private SemaphoreSlim? _room;
    private readonly TimeProvider _clock;
    private ITimer? _patience;
    private bool _isUnsent; // under the lock, which keeps a late look from winding up the patience again
    private ulong _acked; // when the patience began; likewise

    private SocketConnection(Socket socket, PipeOptions receiving, SemaphoreSlim room, TimeProvider clock)
        : base(Interlocked.Increment(ref s_lastNumber).ToString(CultureInfo.InvariantCulture))
    {
        _socket = socket;
        _room = room;
        _clock = clock;
        _received = new Pipe(receiving);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Transport = new Duplex(_received.Reader, _unsent.Writer);
    }

    /// <summary>How connections receive.</summary>
    /// <param name="maxBytes">Behind so much nothing more is received, until the request took half of it.</param>
    public static PipeOptions Receiving(int maxBytes) => new(readerScheduler: PipeScheduler.ThreadPool,
        writerScheduler: PipeScheduler.ThreadPool, pauseWriterThreshold: maxBytes,
        resumeWriterThreshold: maxBytes / 2, useSynchronizationContext: false);

    /// <summary>Begins to receive.</summary>
    /// <param name="socket">Belongs to the connection from now on.</param>
    /// <param name="receiving">See <see cref="Receiving"/>.</param>
    /// <param name="room">Released once the connection has ended.</param>
    /// <param name="clock">For clients that take nothing.</param>
    /// <exception cref="SocketException">The client has left; the socket is ended.</exception>
    public static SocketConnection Start(Socket socket, PipeOptions receiving, SemaphoreSlim room, TimeProvider clock)
    {
        try
        {
            socket.NoDelay = true;
            SocketConnection connection = new(socket, receiving, room, clock);
            connection._work = Task.WhenAll(connection.Receive(), connection.Send());
            return connection;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _abortedWith ??= abortReason;
        End(isAborted: true);
        _unsent.Reader.CancelPendingRead();
    }

    /// <summary>Sends what was written, then ends the connection.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _received.Reader.CompleteAsync();
        await _unsent.Writer.CompleteAsync();
        await _work;
        _closed.Dispose();
        await base.DisposeAsync();
        Interlocked.Exchange(ref _room, null)?.Release();
    }

    private async Task Receive()
    {
        Exception? problem = null;
        try
        {
            for (bool isBulk = false; ;)
            {
                // Without a buffer: waits until there is something to receive.
                if (!isBulk) await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                // A large buffer only behind one that is full: else many would hold next to nothing.
                Memory<byte> room = _received.Writer.GetMemory(isBulk ? LargeBytes : SmallBytes);
                int last = await _socket.ReceiveAsync(room, SocketFlags.None);
                isBulk = last == room.Length;
                if (last == 0) break;
                _received.Writer.Advance(last);
                FlushResult flushed = await _received.Writer.FlushAsync();
                if (flushed.IsCompleted || flushed.IsCanceled) break;
            }
        }
        catch (SocketException e)
        {
            problem = new ConnectionResetException(e.Message, e);
        }
        catch (ObjectDisposedException)
        {
            problem = _abortedWith; // by us: null when all was sent
        }
        await _received.Writer.CompleteAsync(_abortedWith ?? problem);
        await _closed.CancelAsync();
    }

    private async Task Send()
    {
        List<ArraySegment<byte>> pieces = [];
        try
        {
            while (true)
            {
                ReadResult read = await _unsent.Reader.ReadAsync();
                if (read.IsCanceled) break;
                for (ReadOnlySequence<byte> left = read.Buffer; !left.IsEmpty;)
                {
                    ValueTask<int> sending = GatheringSend.SendSome(_socket, left, pieces);
                    left = left.Slice(sending.IsCompletedSuccessfully ? sending.Result : await Wait(sending));
                }
                _unsent.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client has left, or the connection was aborted: who reads is told. Kestrel would log it as an error
            // if who writes were, too.
        }
        if (_patience is { } patience) await patience.DisposeAsync();
        End(isAborted: false);
        await _unsent.Reader.CompleteAsync();
        _received.Writer.CancelPendingFlush(); // it may wait for a reader who has left
    }

    private async ValueTask<int> Wait(ValueTask<int> sending)
    {
        _patience ??= _clock.CreateTimer(static connection => ((SocketConnection)connection!).LookWhetherItTakes(),
            this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_lock)
        {
            (_isUnsent, _acked) = (true, Acked());
            _patience.Change(MaxPause, Timeout.InfiniteTimeSpan);
        }
        try { return await sending; }
        finally
        {
            lock (_lock)
            {
                _isUnsent = false;
                _patience.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>A send ends when all of it lies in the kernel, which takes a slow client long.</summary>
    private void LookWhetherItTakes()
    {
        lock (_lock)
        {
            if (!_isUnsent) return;
            ulong acked = Acked();
            if (acked != _acked)
            {
                _acked = acked;
                _patience!.Change(MaxPause, Timeout.InfiniteTimeSpan);
                return;
            }
        }
        Abort(new ConnectionAbortedException($"it took nothing for {MaxPause.TotalSeconds} s"));
    }

    /// <summary>How much the client has taken; 0 where the system does not tell.</summary>
    private ulong Acked()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        Span<byte> info = stackalloc byte[AckedAt + sizeof(ulong)];
        try
        {
            int length = _socket.GetRawSocketOption(TcpLevel, TcpInfo, info);
            return length == info.Length ? BitConverter.ToUInt64(info[AckedAt..]) : 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return 0; // it has ended
        }
    }

    private void End(bool isAborted)
    {
        lock (_lock)
        {
            if (_isEnded) return;
            _isEnded = true;
            if (isAborted)
            {
                _socket.Close(timeout: 0); // tells the client at once, with a reset
                return;
            }
            try { _socket.Shutdown(SocketShutdown.Both); }
            catch (SocketException)
            {
                // The client was faster.
            }
            _socket.Dispose();
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
