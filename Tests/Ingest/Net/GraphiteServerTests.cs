using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Ingest.Net;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Native.Memory;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Ingest.Protocols.Graphite;
using Slungd.Tests.Native.Os;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

public sealed class GraphiteServerTests : IDisposable
{
    private readonly FakeEventSink _sink = new(new FakeSeriesReader(Precision.Milliseconds));
    private readonly ByteBudget _budget = new(4 << 20);
    private readonly GraphiteServer _server;

    public GraphiteServerTests()
    {
        IPEndPoint any = new(IPAddress.Loopback, 0);
        _server = new GraphiteServer(any, _sink, [], _budget, new Limits { MaxConnections = 3 }, TimeProvider.System,
            NullLogger.Instance);
        _server.Start();
    }

    public void Dispose() => _server.Dispose();

    private Socket Connect()
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 60_000 };
        socket.Connect(_server.Address);
        return socket;
    }

    private void Until(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, Patience.Limit));

    private void UntilPoints(int points) => Until(() => Volatile.Read(ref _server.Counters.Points) == points);

    /// <summary>These are counted after the points of a turn.</summary>
    private void UntilMalformed(int count) => Until(() => Volatile.Read(ref _server.Counters.Malformed) == count);

    private static byte[] Pickle(string hex)
    {
        byte[] message = Convert.FromHexString(hex), length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, message.Length);
        return [.. length, .. message];
    }

    [Fact]
    public void LinesAreReadWhateverTheirPieces()
    {
        using Socket socket = Connect();
        byte[] text = Encoding.UTF8.GetBytes("a.b 1 1\na.b 2 2\nbad\n\na.c;x=y 3 3\n");
        for (int i = 0; i < text.Length; i++) socket.Send(text.AsSpan(i, 1));
        UntilPoints(3);
        socket.Send("a.b 4 4"u8); // the last line need not end
        socket.Shutdown(SocketShutdown.Send);
        UntilPoints(4);
        Assert.Equal(0, socket.Receive(new byte[1])); // and then it is closed
        Assert.Equal(1, _server.Counters.Malformed);
    }

    [Fact]
    public void PicklesAreReadWhateverTheirPieces()
    {
        using Socket socket = Connect();
        byte[] message = Pickle(PickleReaderTests.Samples[2]);
        for (int i = 0; i < message.Length; i++) socket.Send(message.AsSpan(i, 1));
        UntilPoints(4);
        socket.Send([.. message, .. message, .. message.AsSpan(0, 50)]);
        UntilPoints(12);
        socket.Send(message.AsSpan(50));
        UntilPoints(16);
        Assert.Equal(0, _server.Counters.Malformed);
    }

    [Fact]
    public void WhatIsNoPickleHarmsNoneBehindIt()
    {
        using Socket socket = Connect();
        byte[] message = Pickle(PickleReaderTests.Samples[2]);
        socket.Send([.. Pickle("80025D710063706F7369780A73797374656D0A2E"), .. Pickle(""), .. message]); // os.system
        UntilPoints(4);
        UntilMalformed(2);
        socket.Send(message);
        UntilPoints(8);
    }

    [Fact]
    public void DatagramsAreRead()
    {
        using Socket socket = new(SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(_server.Address);
        for (int i = 0; i < 50; i++) socket.Send(Encoding.UTF8.GetBytes($"a {i} {i}\nb {i} {i}"));
        UntilPoints(100);
    }

    [Fact]
    public void WhileTheStoreIsShortSendersAreHeldBack()
    {
        _sink.State = SinkState.MemoryShort;
        using Socket socket = Connect();
        socket.Send("a 1 1\n"u8); // wakes a turn that had begun to wait; the next one begins only when it is ready
        Thread.Yield();
        for (int i = 0; i < 100; i++) socket.Send("a 1 1\n"u8);
        _sink.State = SinkState.Ready;
        UntilPoints(101);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatIsTooLongEndsTheConnectionOnly(bool isPickle)
    {
        using Socket socket = Connect(), other = Connect();
        byte[] endless = new byte[GraphiteDecoder.MaxLineBytes + 1];
        endless.AsSpan().Fill((byte)'a');
        if (isPickle) BinaryPrimitives.WriteInt32BigEndian(endless, PickleReader.MaxMessageBytes + 1);
        socket.Send(endless);
        Assert.True(HasEnded(socket));
        other.Send("a 1 1\n"u8);
        UntilPoints(1);
        Assert.Equal(1, _server.Counters.Malformed);
    }

    [Fact]
    public void APickleWithoutItsEndIsCounted()
    {
        byte[] message = Pickle(PickleReaderTests.Samples[2]);
        using (Socket socket = Connect()) socket.Send([.. message, .. message.AsSpan(0, 50)]);
        UntilPoints(4);
        UntilMalformed(1);
    }

    [Fact]
    public void WhatHasComeIsStoredAtTheStop()
    {
        using Socket first = Connect();
        _sink.State = SinkState.MemoryShort;
        first.Send("a 1 1\n"u8); // wakes a turn that had begun to wait; the next one begins only when it is ready
        using Socket second = Connect(), udp = new(SocketType.Dgram, ProtocolType.Udp);
        udp.Connect(_server.Address);
        for (int i = 0; i < 100; i++)
        {
            first.Send("a 1 1\n"u8);
            second.Send("b 1 1\n"u8);
            udp.Send("c 1 1\n"u8);
        }
        _sink.State = SinkState.Ready;
        _server.Stop();
        Assert.Equal(301, _server.Counters.Points);
    }

    [LinuxFact]
    public void DatagramsThatTheKernelHasNoRoomForAreCounted()
    {
        _sink.State = SinkState.MemoryShort;
        using Socket socket = new(SocketType.Dgram, ProtocolType.Udp) { SendBufferSize = 1 << 20 };
        socket.Connect(_server.Address);
        byte[] line = [.. "a 1 1"u8, .. new byte[60_000], (byte)'\n'];
        line.AsSpan(5, 60_000).Fill((byte)' ');
        for (int i = 0; i < 500; i++) socket.Send(line);
        long dropped = _server.Drops;
        Assert.InRange(dropped, 1, 499);
        _sink.State = SinkState.Ready;
        UntilPoints(500 - (int)dropped);
    }

    /// <summary>Closed, or reset since not everything was read.</summary>
    private static bool HasEnded(Socket socket) =>
        socket.Receive(new byte[1], 0, 1, SocketFlags.None, out SocketError error) == 0
        && error is SocketError.Success or SocketError.ConnectionReset;

    [Fact]
    public void ConnectionsAndTheirMemoryAreBounded()
    {
        Socket[] sockets = [Connect(), Connect(), Connect()];
        foreach (Socket socket in sockets) socket.Send("a 1"u8);
        using (Socket fourth = Connect()) Assert.Equal(0, fourth.Receive(new byte[1]));
        Assert.Equal((3, 1), (_server.Connections, _server.TurnedAway));
        sockets[0].Dispose();
        sockets[1].Send(" 1\n"u8);
        UntilPoints(2); // the line of the closed one ended with it
        Until(() =>
        {
            using Socket again = Connect();
            again.Send("b 1 1\n"u8);
            return SpinWait.SpinUntil(() => Volatile.Read(ref _server.Counters.Points) >= 3, 100);
        });
        foreach (Socket socket in sockets) socket.Dispose();
        _server.Dispose();
        Assert.Equal(0, _budget.Used);
    }
}
