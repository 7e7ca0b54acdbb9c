using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Ingest.Net;
using Slungd.Ingest.Protocols.Statsd;
using Slungd.Native.Memory;
using Slungd.Native.Os;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Ingest.Protocols;
using Slungd.Tests.Native.Os;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

public sealed class StatsdServerTests : IDisposable
{
    private static readonly IPEndPoint s_anyPort = new(IPAddress.Loopback, 0);

    private readonly string _folder = Directory.CreateTempSubdirectory("slungd-statsd-").FullName;
    private readonly TextSink _sink = new();
    private readonly ByteBudget _budget = new(4 << 20);
    private readonly List<StatsdServer> _servers = [];

    public void Dispose()
    {
        foreach (StatsdServer server in _servers) server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private StatsdServer Start(params EndPoint[] addresses)
    {
        // Nothing is flushed but by a stop.
        StatsdOptions options = new() { FlushInterval = TimeSpan.FromDays(100_000) };
        DatagramPlace[] places = Array.ConvertAll(addresses, static address => new DatagramPlace(address));
        StatsdServer server = new(places, _sink, options, _budget, TimeProvider.System, NullLogger.Instance);
        _servers.Add(server);
        server.Start();
        return server;
    }

    private static StatsdServer Start(TextSink sink, ByteBudget budget, TimeProvider clock, TimeSpan interval)
    {
        StatsdServer server = new([new DatagramPlace(s_anyPort)], sink, new StatsdOptions { FlushInterval = interval },
            budget, clock, NullLogger.Instance);
        server.Start();
        return server;
    }

    private static Socket Connect(EndPoint address)
    {
        Socket socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Connect(address);
        return socket;
    }

    private static void Until(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, Patience.Limit));

    private static void UntilRead(StatsdServer server, int datagrams) =>
        Until(() => Volatile.Read(ref server.Counters.Messages) == datagrams);

    private double LastOf(string series) => double.Parse(
        _sink.Points.Last(point => point.StartsWith(series + " ", StringComparison.Ordinal)).Split(' ')[2],
        System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void DatagramsOfAllSocketsAreAddedUpAndStoredAtTheStop()
    {
        UnixDomainSocketEndPoint file = new(_folder + "/statsd");
        StatsdServer server = Start(s_anyPort, file);
        using Socket udp = Connect(server.Sockets[0].Socket.LocalEndPoint!), local = Connect(file);
        for (int i = 0; i < 500; i++)
        {
            udp.Send("hits:1|c\nt:2|ms"u8);
            local.Send("hits:2|c"u8);
        }
        UntilRead(server, 1000);
        Assert.Empty(_sink.Points);
        Assert.Equal(0, server.Sockets[0].Drops());
        server.Stop();
        Assert.Equal((1500, 1000), (LastOf("hits{}"), LastOf("t_sum{}")));
        Assert.False(File.Exists(_folder + "/statsd"));
        server.Dispose();
        Assert.Equal(0, _budget.Used);
    }

    /// <summary>In a store of seconds, a stop, and a start after it, may come in the same second as a flush.</summary>
    [Theory]
    [InlineData(1, 0, 2)]
    [InlineData(10, 0, 3)]
    [InlineData(10, -3, 1)] // the clock
    public void NoFlushReplacesThePointsOfAnother(int intervalSeconds, int jumpSeconds, int starts)
    {
        TextSink sink = new(Precision.Seconds);
        ManualClock clock = new();
        TimeSpan interval = TimeSpan.FromSeconds(intervalSeconds);
        for (int i = 0; i < starts; i++)
        {
            using StatsdServer server = Start(sink, _budget, clock, interval);
            using Socket udp = Connect(server.Sockets[0].Socket.LocalEndPoint!);
            int sent = 0;
            udp.Send("c:5|c\nu:1|s\nu:2|s\nu:3|s"u8);
            UntilRead(server, ++sent);
            while (Volatile.Read(ref server.Statsd.Flushes) < 2)
            {
                clock.Move(TimeSpan.FromMilliseconds(intervalSeconds * 250 - 1));
                udp.Send("c:1|c"u8); // and it looks at the clock
                UntilRead(server, ++sent);
            }
            clock.Move(TimeSpan.FromSeconds(jumpSeconds));
            for (int k = 0; jumpSeconds != 0 && k < 3; k++) // it waits for the same multiple again; then that comes
            {
                if (k == 2) clock.Move(TimeSpan.FromSeconds(-jumpSeconds));
                udp.Send("c:1|c"u8);
                UntilRead(server, ++sent);
            }
            udp.Send("c:7|c\nu:9|s"u8);
            server.Stop();
        }
        string[] times = [.. sink.Points.Select(static point => point[..point.LastIndexOf(' ')])];
        Assert.Equal(times.Order(), times.Distinct().Order());
        string[] members = [.. sink.Points.Where(static point => point[0] == 'u')
            .Select(static point => point[(point.LastIndexOf(' ') + 1)..])];
        Assert.Equal(Enumerable.Repeat<string[]>(["3", "0", "1"], starts).SelectMany(static round => round), members);
    }

    [Fact]
    public void LongDatagramsAreReadAndLongerOnesAsFarAsTheyFit()
    {
        UnixDomainSocketEndPoint file = new(_folder + "/statsd");
        StatsdServer server = Start(s_anyPort, file);
        using Socket udp = Connect(server.Sockets[0].Socket.LocalEndPoint!), local = Connect(file);
        string line = "hits:1|c|#" + new string('x', 54) + "\n"; // 65 bytes
        udp.Send(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, 1_000))));
        local.SendBufferSize = 1 << 20;
        local.Send(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, 1_100))));
        UntilRead(server, 2);
        server.Stop();
        int whole = DatagramBatch.MaxBytes / 65;
        Assert.Equal(1_000 + whole, LastOf("hits{" + new string('x', 54) + "}"));
        Assert.Equal(1, server.Counters.Malformed);
    }

    [Fact]
    public void ADirectoryThatIsNotThereIsTold()
    {
        string directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        UnixDomainSocketEndPoint file = new(Path.Combine(directory, "statsd"));
        Assert.Equal($"no such directory: {directory}", Assert.Throws<IOException>(() => Start(file)).Message);
    }

    [Fact]
    public void ASocketFileThatWasLeftOverIsReplacedAndAnyOtherIsNot()
    {
        UnixDomainSocketEndPoint file = new(_folder + "/statsd");
        using (Socket dead = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(_folder + "/dead"));
            File.Move(_folder + "/dead", _folder + "/statsd"); // else it went with the socket
        }
        File.WriteAllText(_folder + "/other", "");
        Assert.True(LocalSockets.IsSocket(_folder + "/statsd"));
        Assert.Throws<IOException>(() => Start(new UnixDomainSocketEndPoint(_folder + "/other")));
        StatsdServer server = Start(file);
        Assert.Throws<IOException>(() => Start(file));
        using Socket local = Connect(file);
        local.Send("a:1|g"u8);
        UntilRead(server, 1);
        Assert.True(File.Exists(_folder + "/other"));
    }

    [LinuxFact]
    public void WhatTheKernelDropsIsCounted()
    {
        using DatagramSocket socket = new(new DatagramPlace(s_anyPort));
        socket.Socket.ReceiveBufferSize = 4096;
        using Socket udp = Connect(socket.Socket.LocalEndPoint!);
        for (int i = 0; i < 100; i++) udp.Send(new byte[500]);
        using DatagramBatch batch = DatagramBatch.TryCreate(new ByteBudget(long.MaxValue))!;
        Assert.Equal(100, batch.Receive(socket.Socket) + socket.Drops());
        Assert.InRange(socket.Drops(), 1, 99);
        Assert.Equal(0, batch.Receive(socket.Socket));
    }
}
