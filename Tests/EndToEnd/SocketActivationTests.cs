using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The daemon with sockets that somebody else holds open, as systemd does.</summary>
public class SocketActivationTests
{
    [EndToEndFact]
    public async Task ARestartRefusesNobodyAndLosesNothing()
    {
        const int Rounds = 4, Lines = 5_000;
        using var data = new DataFolder();
        using HeldSockets held = new(IPAddress.Loopback, IPAddress.Loopback);
        AckedWriter writer = new(1);
        Process? sender = null;
        Task<string>? complaints = null;
        for (int round = 0; round < Rounds; round++)
        {
            using Socket first = await Ask(held.Address(0)), second = await Ask(held.Address(1)); // nobody is there yet
            await using Daemon daemon = await Daemon.StartUnready(held.StartInfo(null, "serve", "--data", data.Path));
            Assert.Equal(held.Address(0), daemon.SocketAddress);
            Assert.Equal(held.Address(1), daemon.HttpAddress);
            await held.Says("READY=1");
            foreach (Socket waited in (Socket[])[first, second])
                Assert.StartsWith("HTTP/1.1 200 OK", await Answer(waited), StringComparison.Ordinal);
            if (sender is null)
            {
                ProcessStartInfo send = Executable.StartInfo(Binary.Path,
                    ["send", "--listen", held.Address(0).ToString()], null, null);
                send.RedirectStandardInput = true;
                sender = Process.Start(send)!;
                complaints = sender.StandardError.ReadToEndAsync();
            }
            Assert.Null(await writer.FindLoss(daemon, isAll: false));
            Task sending = writer.SendUntilKilled(daemon);
            for (int line = 1; line <= Lines; line++)
            {
                int timestamp = round * Lines + line;
                await sender.StandardInput.WriteAsync(
                    $$"""{"series":"sent","timestamp":{{timestamp}},"value":{{timestamp}}}""" + "\n");
            }
            await sender.StandardInput.FlushAsync(); // some of it may only come in the next life
            await held.Says("WATCHDOG=1");
            Task<int> stopped = daemon.Stop();
            await held.Says("STOPPING=1");
            Assert.Equal(0, await stopped);
            await sending;
            foreach (Socket socket in held.Sockets)
            {
                const SocketOptionLevel Level = SocketOptionLevel.Socket;
                Assert.Equal(1, socket.GetSocketOption(Level, SocketOptionName.AcceptConnection)); // it listens yet,
                Assert.False(((LingerOption)socket.GetSocketOption(Level, SocketOptionName.Linger)!).Enabled);
            } // and what it accepts is closed as usual
        }
        await using Daemon last = await Daemon.StartUnready(
            held.StartInfo("slungd:http", "serve", "--data", data.Path));
        await held.Says("READY=1");
        sender!.StandardInput.Close();
        await sender.WaitForExitAsync().WaitAsync(Patience.Limit);
        Assert.True(sender.ExitCode == 0, await complaints!);
        sender.Dispose();
        Assert.Null(await writer.FindLoss(last, isAll: true));
        Assert.True(writer.Kept > 0);
        Assert.Equal(Rounds * Lines, await last.Value("COUNT:sent:[]"));
        Assert.Equal((double)Rounds * Lines * (Rounds * Lines + 1) / 2, await last.Value("SUM:sent:[]"));
    }

    /// <summary>What is sent between two daemons waits for the second one, datagrams included.</summary>
    [EndToEndFact]
    public async Task GraphiteAndStatsdLoseNothingOverARestart()
    {
        using var data = new DataFolder();
        using HeldSockets held = new(IPAddress.Loopback, IPAddress.Loopback, IPAddress.Loopback);
        IPEndPoint anyPort = new(IPAddress.Loopback, 0);
        UnixDomainSocketEndPoint file = new(data.Path + ".statsd");
        EndPoint lines = held.AddDatagrams(anyPort), local = held.AddDatagrams(file), udp = held.AddDatagrams(anyPort);
        string[] options = ["serve", "--data", data.Path, "--graphite", "127.0.0.1:1", "--statsd", "127.0.0.1:1",
            "--statsd", $"unix:{file}", "--statsd-flush", StatsdTests.NoFlush()];
        for (int round = 1; round <= 2; round++)
        {
            using Socket stream = new(SocketType.Stream, ProtocolType.Tcp);
            await stream.ConnectAsync(held.Address(2)); // nobody is there yet
            stream.Send(Encoding.ASCII.GetBytes($"by.tcp {round} {round}\n"));
            Tell(lines, $"by.udp {round} {round}\n");
            Tell(udp, $"udp:{round}|g");
            Tell(local, $"local:{round}|g");
            await using Daemon daemon = await Daemon.StartUnready(
                held.StartInfo("listen:http:graphite:graphite:statsd:statsd", options));
            await daemon.Says($"Graphite door on {held.Address(2)}");
            await daemon.Says($"StatsD door on {udp}");
            await daemon.Says($"StatsD door on unix:{file}");
            await daemon.Counted("by.tcp:[]:[0,9000000]", round);
            await daemon.Counted("by.udp:[]:[0,9000000]", round);
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon last = await Daemon.Start(data);
        Assert.Equal(3, await last.Value("SUM:by.tcp:[]:[0,9000000]"));
        Assert.Equal(3, await last.Value("SUM:by.udp:[]:[0,9000000]"));
        foreach (string gauge in (string[])["udp", "local"])
        {
            Assert.Equal(2, await last.Value($"LAST:{gauge}:[]:[1h]"));
            Assert.Equal(2, await last.Value($"COUNT:{gauge}:[]:[1h]"));
        }
        Assert.True(System.IO.File.Exists(file.ToString())); // it is not the daemon's to delete
        System.IO.File.Delete(file.ToString());

        static void Tell(EndPoint address, string text)
        {
            using Socket socket = new(address.AddressFamily, SocketType.Dgram,
                address is IPEndPoint ? ProtocolType.Udp : ProtocolType.Unspecified);
            socket.SendTo(Encoding.ASCII.GetBytes(text), address);
        }
    }

    [EndToEndFact]
    public async Task ASocketThatOthersReachNeedsTokens()
    {
        using var data = new DataFolder();
        using HeldSockets held = new(IPAddress.Any);
        Assert.Contains($"--listen {held.Address(0)} can be reached", await Refused(held, null, data),
            StringComparison.Ordinal);
        using HeldSockets datagrams = new();
        EndPoint anywhere = datagrams.AddDatagrams(new IPEndPoint(IPAddress.Any, 0));
        foreach (string option in (string[])["graphite", "statsd"])
        {
            Assert.Contains($"--{option} {anywhere} can be reached",
                await Refused(datagrams, option, data, $"--{option}", "127.0.0.1:1"), StringComparison.Ordinal);
        }
        await using Daemon daemon = await Daemon.StartUnready(
            held.StartInfo(null, "serve", "--data", data.Path, "--http", "off", "--insecure"));
        Assert.Equal(held.Address(0).Port, daemon.SocketAddress.Port);
    }

    [EndToEndFact]
    public async Task WhatDoesNotFitIsTold()
    {
        using var data = new DataFolder();
        using HeldSockets held = new(IPAddress.Loopback, IPAddress.Loopback, IPAddress.IPv6Loopback);
        Assert.Contains("belongs to no door", await Refused(held, null, data), StringComparison.Ordinal);
        Assert.Contains("expected 3 names", await Refused(held, "slungd:http", data), StringComparison.Ordinal);
        Assert.Contains("is for --http, which is off", await Refused(held, "slungd:http:http", data),
            StringComparison.Ordinal);
        Assert.Contains("is for --graphite, which is off", await Refused(held, "slungd:graphite:statsd", data),
            StringComparison.Ordinal);
        using HeldSockets stream = new();
        stream.AddDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Contains("is for --statsd, which is off", await Refused(stream, "statsd", data),
            StringComparison.Ordinal);
        Assert.Contains("belongs to no door", await Refused(stream, "slungd", data), StringComparison.Ordinal);
    }

    [EndToEndFact]
    public async Task SocketsOfAnotherProcessAreLeftAlone()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data.Path, [], new Dictionary<string, string>
        {
            ["LISTEN_PID"] = "1", ["LISTEN_FDS"] = "2", ["NOTIFY_SOCKET"] = "/nowhere", ["WATCHDOG_USEC"] = "nonsense",
        });
        Assert.Equal(0, await daemon.Stop());
    }

    private static async Task<string> Refused(HeldSockets held, string? names, DataFolder data,
        params string[] options)
    {
        string[] arguments = ["serve", "--data", data.Path, "--http", "off", .. options];
        using Process process = Process.Start(held.StartInfo(names, arguments))!;
        string error = await process.StandardError.ReadToEndAsync().WaitAsync(Patience.Limit);
        await process.WaitForExitAsync().WaitAsync(Patience.Limit);
        Assert.Equal(2, process.ExitCode);
        return error;
    }

    private static async Task<Socket> Ask(IPEndPoint address)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        return socket;
    }

    private static async Task<string> Answer(Socket socket)
    {
        byte[] buffer = new byte[1024];
        int got = await socket.ReceiveAsync(buffer).WaitAsync(Patience.Limit);
        return Encoding.ASCII.GetString(buffer, 0, got);
    }
}
