using System;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using Slungd.Ingest.Http;
using Slungd.Tests.EndToEnd;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class SocketTransportTests : IAsyncLifetime
{
    private const int MaxReceived = 128 << 10, MaxConnections = 2;

    private readonly TimerClock _clock = new();
    private readonly Socket _client = new(SocketType.Stream, ProtocolType.Tcp);
    private IConnectionListener? _listener;
    private ConnectionContext? _server;

    public async Task InitializeAsync()
    {
        SocketTransport transport = new(MaxReceived, MaxConnections, _clock);
        _listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        await _client.ConnectAsync(_listener.EndPoint);
        _server = await _listener.AcceptAsync();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server!.DisposeAsync();
        await _listener!.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(3_000_001)]
    public async Task BytesArriveWholeInBothDirections(int length)
    {
        byte[] sent = new byte[length], echo = new byte[length];
        new Random(length).NextBytes(sent);
        Task echoing = Echo();
        Task sending = _client.SendAsync(sent, SocketFlags.None);
        for (int got = 0; got < length;)
            got += await _client.ReceiveAsync(echo.AsMemory(got), SocketFlags.None).AsTask().WaitAsync(Patience.Limit);
        Assert.Equal(sent, echo);
        await sending;
        _client.Shutdown(SocketShutdown.Send);
        await echoing.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task MoreWaitUntilOneEnds()
    {
        using Socket second = new(SocketType.Stream, ProtocolType.Tcp);
        using Socket third = new(SocketType.Stream, ProtocolType.Tcp);
        await second.ConnectAsync(_listener!.EndPoint);
        await third.ConnectAsync(_listener.EndPoint);
        ConnectionContext? served = await _listener.AcceptAsync().AsTask().WaitAsync(Patience.Limit);
        Task<ConnectionContext?> next = _listener.AcceptAsync().AsTask();
        Assert.False(next.IsCompleted);
        await served!.DisposeAsync();
        await using ConnectionContext? last = await next.WaitAsync(Patience.Limit);
        Assert.Equal(((IPEndPoint)third.LocalEndPoint!).Port, ((IPEndPoint)last!.RemoteEndPoint!).Port);
    }

    [Fact]
    public async Task WhoWaitsForRoomIsToldOfTheEnd()
    {
        using Socket second = new(SocketType.Stream, ProtocolType.Tcp);
        await second.ConnectAsync(_listener!.EndPoint);
        await using ConnectionContext? served = await _listener.AcceptAsync().AsTask().WaitAsync(Patience.Limit);
        Task<ConnectionContext?> next = _listener.AcceptAsync().AsTask();
        await _listener.UnbindAsync();
        Assert.Null(await next.WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task WhatWasWrittenIsSentBeforeTheEnd()
    {
        byte[] written = new byte[1_000_000], received = new byte[written.Length];
        new Random(1).NextBytes(written);
        Task ending = End();
        int got = 0;
        while (await _client.ReceiveAsync(received.AsMemory(got), SocketFlags.None).AsTask().WaitAsync(Patience.Limit)
            is > 0 and int more) got += more;
        Assert.Equal(written, received);
        await ending.WaitAsync(Patience.Limit);

        async Task End()
        {
            await _server!.Transport.Output.WriteAsync(written);
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task AClientsLeavingIsSeenWithoutReading()
    {
        var closed = new TaskCompletionSource();
        await using CancellationTokenRegistration watch = _server!.ConnectionClosed.Register(closed.SetResult);
        await _client.SendAsync(new byte[100], SocketFlags.None);
        Assert.False(closed.Task.IsCompleted);
        _client.Close();
        await closed.Task.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task AnAbortedConnectionIsReset()
    {
        _server!.Abort(new ConnectionAbortedException("enough"));
        SocketException e = await Assert.ThrowsAsync<SocketException>(async () =>
            await _client.ReceiveAsync(new byte[1], SocketFlags.None).WaitAsync(Patience.Limit));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
            await _server.Transport.Input.ReadAsync().AsTask().WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task AnEndedListenerGivesNoConnection()
    {
        ValueTask<ConnectionContext?> next = _listener!.AcceptAsync();
        await _listener.UnbindAsync();
        Assert.Null(await next.AsTask().WaitAsync(Patience.Limit));
    }

    /// <summary>Who sends what nobody reads gets no further than the sockets' buffers and what may be received.
    /// </summary>
    [Fact]
    public async Task OnlySoMuchIsReceivedAhead()
    {
        _client.SendBufferSize = 64 << 10;
        using CancellationTokenSource enough = new();
        Task<int> sending = _client.SendAsync(new byte[64 << 20], SocketFlags.None, enough.Token).AsTask();
        ReadResult read = await _server!.Transport.Input.ReadAtLeastAsync(MaxReceived);
        _server.Transport.Input.AdvanceTo(read.Buffer.Start);
        Assert.InRange(read.Buffer.Length, MaxReceived, 2 * MaxReceived);
        Assert.False(sending.IsCompleted);
        _server.Abort(new ConnectionAbortedException());
        await Assert.ThrowsAnyAsync<Exception>(() => sending.WaitAsync(Patience.Limit));
    }

    /// <summary>Once it is sure that it takes nothing; until then a system may still move bytes.</summary>
    [Fact]
    public async Task AClientThatTakesNothingIsReset()
    {
        Task writing = _server!.Transport.Output.WriteAsync(new byte[32 << 20]).AsTask();
        while (!_clock.IsArmed) await Task.Delay(1);
        Assert.False(writing.IsCompleted);
        while (!_server.ConnectionClosed.IsCancellationRequested)
        {
            await Task.Delay(10);
            _clock.Move(SocketConnection.MaxPause);
        }
        await writing.WaitAsync(Patience.Limit); // to nobody
    }

    [Fact]
    public async Task AnAddressInUseIsNamedSo()
    {
        await Assert.ThrowsAsync<AddressInUseException>(async () =>
            await new SocketTransport(MaxReceived, MaxConnections, _clock).BindAsync(_listener!.EndPoint));
    }

    private async Task Echo()
    {
        IDuplexPipe pipe = _server!.Transport;
        while (true)
        {
            ReadResult read = await pipe.Input.ReadAsync();
            foreach (ReadOnlyMemory<byte> piece in read.Buffer) await pipe.Output.WriteAsync(piece);
            pipe.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }
}
