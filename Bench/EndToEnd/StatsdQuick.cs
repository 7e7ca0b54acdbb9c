using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Slungd.Bench.Native;
using Slungd.Ingest.Net;

namespace Slungd.Bench.EndToEnd;

/// <summary>`--quick statsd`: datagrams of one line over a Unix socket and over UDP, into the published executable
/// (SLUNGD_BINARY) and into a bare sink in C (DatagramReference.c), in turns. Nothing is lost: a Unix socket holds its
/// sender back, and the sender over UDP looks at what waits.</summary>
internal sealed unsafe class StatsdQuick
{
    private readonly delegate* unmanaged<int, ulong, ulong*, ulong> _sink;
    private readonly delegate* unmanaged<int, ulong, uint, ulong, ulong*, ulong> _send;
    private readonly RunningDaemon _daemon;
    private readonly EndPoint _bare;
    private readonly EndPoint _ours;
    private readonly ulong _points;

    private StatsdQuick(nint library, RunningDaemon daemon, EndPoint bare, EndPoint ours, int points)
    {
        _sink = (delegate* unmanaged<int, ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "sink_datagrams");
        _send = (delegate* unmanaged<int, ulong, uint, ulong, ulong*, ulong>)NativeLibrary.GetExport(library,
            "send_lines");
        (_daemon, _bare, _ours, _points) = (daemon, bare, ours, (ulong)points);
    }

    public static void Run(int points, int rounds)
    {
        if (RunningDaemon.Binary is not { } binary
            || GccLibrary.TryLoad(SourcePath()) is not nint library)
        {
            Console.WriteLine("skipped: needs gcc, and SLUNGD_BINARY as ./build.sh bench sets it");
            return;
        }
        string path = Path.Combine(Path.GetTempPath(), $"slungd-bench-{Environment.ProcessId}");
        IPEndPoint udp;
        using (var free = new DatagramSocket(new DatagramPlace(new IPEndPoint(IPAddress.Loopback, 0))))
            udp = IPEndPoint.Parse(free.Name);
        using RunningDaemon daemon = RunningDaemon.Start(binary, $"--statsd unix:{path}.ours --statsd {udp}");
        new StatsdQuick(library, daemon, new UnixDomainSocketEndPoint(path + ".bare"),
            new UnixDomainSocketEndPoint(path + ".ours"), points).Compare("Unix", rounds);
        new StatsdQuick(library, daemon, new IPEndPoint(IPAddress.Loopback, 0), udp, points).Compare("UDP", rounds);
    }

    private void Compare(string name, int rounds)
    {
        Figures bare = Figures.Worst, ours = Figures.Worst;
        long messages = _daemon.Metric("slungd_protocol_messages_total{protocol=\"statsd\"}");
        for (int round = 0; round < rounds; round++)
        {
            bare = bare.Best(IntoSink());
            ours = ours.Best(IntoDaemon());
        }
        Show($"{name}: bare sink", bare, "");
        Show($"{name}: slungd", ours, $", {bare.Seconds / ours.Seconds:F2} of the bare sink's");
        // A moment may pass until it has counted what it has received.
        long expected = messages + (long)_points * rounds;
        for (int tries = 0; tries < 100 && Lost() != 0; tries++) Thread.Sleep(10);
        Console.WriteLine($"{name}: lost {Lost()} of {_points * (ulong)rounds}");

        long Lost() => expected - _daemon.Metric("slungd_protocol_messages_total{protocol=\"statsd\"}");
    }

    private Figures IntoSink()
    {
        using var socket = new DatagramSocket(new DatagramPlace(_bare));
        socket.Socket.ReceiveTimeout = 60_000;
        int file = (int)socket.Socket.Handle;
        ulong taken = 0, cpu = 0;
        var receiver = new Thread(() =>
        {
            ulong spent;
            taken = _sink(file, _points, &spent);
            cpu = spent;
        });
        receiver.Start();
        Figures figures = Send(socket.Socket.LocalEndPoint!, receiver.Join);
        if (taken != _points) throw new InvalidOperationException($"the bare sink got {taken} of {_points}");
        return figures with { Receiver = cpu / (double)_points };
    }

    private Figures IntoDaemon()
    {
        TimeSpan before = _daemon.CpuTime;
        // What waits in a Unix socket at the end is less than a thousandth.
        Figures figures = Send(_ours, static () => { });
        return figures with { Receiver = (_daemon.CpuTime - before).TotalNanoseconds / _points };
    }

    private Figures Send(EndPoint to, Action end)
    {
        using Socket sender = new(to.AddressFamily, SocketType.Dgram, ProtocolType.Unspecified);
        sender.Connect(to);
        // Its own buffer is as large as the receivers'.
        using var like = new DatagramSocket(new DatagramPlace(new IPEndPoint(IPAddress.Loopback, 0)));
        uint port = (uint)((to as IPEndPoint)?.Port ?? 0);
        long begin = Stopwatch.GetTimestamp();
        ulong cpu;
        ulong sent = _send((int)sender.Handle, _points, port, (ulong)like.Socket.ReceiveBufferSize, &cpu);
        end();
        if (sent != _points) throw new InvalidOperationException($"only {sent} of {_points} were taken");
        return new Figures(Stopwatch.GetElapsedTime(begin).TotalSeconds, cpu / (double)_points, Receiver: 0);
    }

    private void Show(string name, Figures figures, string ratio) =>
        Console.WriteLine($"{name} {_points / figures.Seconds / 1e6:F2} M datagrams/s{ratio}; CPU ns a datagram: "
            + $"receiver {figures.Receiver:F0}, sender {figures.Sender:F0}");

    private static string SourcePath() =>
        Path.Combine(Path.GetDirectoryName(GccLibrary.SourceOfCaller())!, "DatagramReference.c");

    /// <summary>Of one round; CPU in ns a datagram.</summary>
    private readonly record struct Figures(double Seconds, double Sender, double Receiver)
    {
        public static Figures Worst => new(double.MaxValue, double.MaxValue, double.MaxValue);

        public Figures Best(Figures other) => new(Math.Min(Seconds, other.Seconds), Math.Min(Sender, other.Sender),
            Math.Min(Receiver, other.Receiver));
    }
}
