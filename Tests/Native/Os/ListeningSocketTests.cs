using System;
using System.Net;
using System.Net.Sockets;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public sealed class ListeningSocketTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("::", "::1")]
    [InlineData("::", "127.0.0.1")] // everywhere
    public void ClientsReachIt(string listen, string connect)
    {
        if (!OperatingSystem.IsLinux() || listen.Contains(':') && !Socket.OSSupportsIPv6) return;
        using Socket listener = Open(listen);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using Socket client = new(IPAddress.Parse(connect).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(IPAddress.Parse(connect), port); // nobody has accepted yet
        using Socket accepted = listener.Accept();
        client.Send([1, 2, 3]);
        byte[] got = new byte[3];
        Assert.Equal(3, accepted.Receive(got));
        Assert.Equal([1, 2, 3], got);
    }

    [LinuxFact]
    public void AnAddressThatSomebodyListensAtCannotBeHad()
    {
        using Socket first = Open("127.0.0.1");
        Assert.Null(ListeningSocket.TryOpen((IPEndPoint)first.LocalEndPoint!, 8));
    }

    [LinuxFact]
    public void AnAddressOfAnotherMachineCannotBeHad() => // TEST-NET-1
        Assert.Null(ListeningSocket.TryOpen(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0), 8));

    [LinuxFact]
    public void AnAddressInTimeWaitCanBeHad()
    {
        IPEndPoint address;
        using (Socket listener = Open("127.0.0.1"))
        {
            address = (IPEndPoint)listener.LocalEndPoint!;
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(address);
            using Socket accepted = listener.Accept();
            accepted.Shutdown(SocketShutdown.Send); // who ends first waits
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, accepted.Receive(new byte[1]));
        }
        using Socket again = Open(address);
        Assert.Equal(address, again.LocalEndPoint);
    }

    private static Socket Open(string address) => Open(new IPEndPoint(IPAddress.Parse(address), 0));

    private static Socket Open(IPEndPoint address)
    {
        int? descriptor = ListeningSocket.TryOpen(address, 8);
        Assert.NotNull(descriptor);
        return new Socket(new SafeSocketHandle(descriptor.Value, ownsHandle: true));
    }
}
