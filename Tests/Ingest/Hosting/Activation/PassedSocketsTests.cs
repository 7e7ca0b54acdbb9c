using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Slungd.Ingest.Hosting.Activation;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Activation;

public class PassedSocketsTests
{
    private readonly Dictionary<string, PassedSocket> _taken = [];
    private readonly List<string> _errors = [];

    [Fact]
    public void NamesComeFirst()
    {
        Match(["http", "slungd"], [2077, 2078]);
        Assert.Equal((4, 3), (_taken["listen"].Descriptor, _taken["http"].Descriptor));
        Assert.Empty(_errors);
    }

    [Fact]
    public void ThenPorts()
    {
        Match(["slungd.socket", "slungd.socket"], [2078, 2077]);
        Assert.Equal((4, 3), (_taken["listen"].Descriptor, _taken["http"].Descriptor));
        Assert.Empty(_errors);
    }

    [Fact]
    public void ThenTheOrder()
    {
        Match(["", ""], [9001, 9002]);
        Assert.Equal((3, 4), (_taken["listen"].Descriptor, _taken["http"].Descriptor));
        Assert.Empty(_errors);
    }

    [Fact]
    public void OneIsEnough()
    {
        Match([""], [2078]);
        Assert.Equal(["http"], _taken.Keys);
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("|", "2077|9999", "descriptor 4 (127.0.0.1:9999) belongs to no door")] // no order beside a port
    [InlineData("|", "2077|2077", "descriptor 4 (127.0.0.1:2077) belongs to no door")]
    [InlineData("||", "1|2|3", "descriptor 5 (127.0.0.1:3) belongs to no door")]
    [InlineData("http|http", "1|2", "descriptor 4 (127.0.0.1:2, \"http\") is one too many for --http")]
    [InlineData("otlp-grpc", "1", "descriptor 3 (127.0.0.1:1, \"otlp-grpc\") is for --otlp-grpc, which is off")]
    public void WhatFitsNowhereIsNamed(string names, string ports, string error)
    {
        Match(names.Split('|'), System.Array.ConvertAll(ports.Split('|'), int.Parse));
        Assert.Contains(error, Assert.Single(_errors));
    }

    /// <summary>A name has doors of both types, and several of one; the place decides between these.</summary>
    [Fact]
    public void DatagramsHaveDoorsOfTheirOwn()
    {
        List<PassedSocket> sockets =
        [
            new(3, "statsd", new IPEndPoint(IPAddress.Loopback, 9), SocketType.Dgram),
            new(4, "statsd", new UnixDomainSocketEndPoint("/b"), SocketType.Dgram),
            new(5, "", new IPEndPoint(IPAddress.Loopback, 2003), SocketType.Dgram),
            new(6, "", new IPEndPoint(IPAddress.Loopback, 2003)),
            new(7, "statsd", new IPEndPoint(IPAddress.Loopback, 8125), SocketType.Dgram),
            new(8, "statsd", new IPEndPoint(IPAddress.Loopback, 7), SocketType.Dgram),
        ];
        IPEndPoint graphite = new(IPAddress.Loopback, 2003);
        PassedSockets.Match(sockets,
        [
            Door("graphite", graphite, "lines", SocketType.Stream),
            Door("graphite", graphite, "datagrams", SocketType.Dgram),
            Door("statsd", new UnixDomainSocketEndPoint("/a"), "a", SocketType.Dgram),
            Door("statsd", new UnixDomainSocketEndPoint("/b"), "b", SocketType.Dgram),
            Door("statsd", new IPEndPoint(IPAddress.Loopback, 8125), "udp", SocketType.Dgram),
        ], _errors);
        Assert.Equal("a=3 b=4 datagrams=5 lines=6 udp=7",
            string.Join(' ', _taken.OrderBy(static pair => pair.Key).Select(
                static pair => $"{pair.Key}={pair.Value.Descriptor}")));
        Assert.Contains("descriptor 8 (127.0.0.1:7, \"statsd\") is one too many for --statsd", Assert.Single(_errors));
    }

    private PassedSockets.Door Door(string name, EndPoint address, string key, SocketType type) =>
        new(name, "", address, socket => _taken[key] = socket, type);

    private void Match(string[] names, int[] ports)
    {
        List<PassedSocket> sockets = [];
        for (int i = 0; i < names.Length; i++)
            sockets.Add(new PassedSocket(3 + i, names[i], new IPEndPoint(IPAddress.Loopback, ports[i])));
        PassedSockets.Match(sockets,
        [
            new("listen", "slungd", new IPEndPoint(IPAddress.Loopback, 2077), socket => _taken["listen"] = socket),
            new("http", "", new IPEndPoint(IPAddress.Loopback, 2078), socket => _taken["http"] = socket),
            new("otlp-grpc", "", null, socket => _taken["otlp-grpc"] = socket),
        ], _errors);
    }
}
