using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Does what systemd does for a daemon with a socket unit: holds listening sockets open, starts daemons with
/// them, and hears what they say of themselves.</summary>
internal sealed partial class HeldSockets : IDisposable
{
    private const int SetDescriptorFlags = 2;
    private const int Backlog = 1024;

    private readonly List<Socket> _sockets = [];
    private readonly Socket _notices = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string _noticeName = $"slungd-tests-{Guid.NewGuid():n}";
    private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();

    /// <summary>Listens.</summary>
    public HeldSockets(params IPAddress[] addresses)
    {
        foreach (IPAddress address in addresses)
        {
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            socket.Listen(Backlog);
            _sockets.Add(socket);
        }
        _notices.Bind(new UnixDomainSocketEndPoint("\0" + _noticeName));
        _ = Hear();
    }

    public IReadOnlyList<Socket> Sockets => _sockets;

    /// <summary>Binds one for datagrams, too.</summary>
    public EndPoint AddDatagrams(EndPoint address)
    {
        Socket socket = new(address.AddressFamily, SocketType.Dgram,
            address is IPEndPoint ? ProtocolType.Udp : ProtocolType.Unspecified);
        _sockets.Add(socket);
        socket.Bind(address);
        return socket.LocalEndPoint!;
    }

    public IPEndPoint Address(int index) => (IPEndPoint)_sockets[index].LocalEndPoint!;

    /// <summary>A command line that ends up being the executable with the sockets as its descriptors from 3 on. The
    /// shell is there since only the process itself knows its number before it starts.</summary>
    /// <param name="names">LISTEN_FDNAMES; null: none.</param>
    /// <param name="arguments">Of the executable.</param>
    public ProcessStartInfo StartInfo(string? names, params string[] arguments)
    {
        StringBuilder moves = new("exec");
        for (int i = 0; i < _sockets.Count; i++)
        {
            int descriptor = (int)_sockets[i].Handle;
            if (ControlFile(descriptor, SetDescriptorFlags, 0) != 0) throw new InvalidOperationException("fcntl");
            moves.Append(CultureInfo.InvariantCulture, $" {3 + i}<&{descriptor} {descriptor}<&-");
        }
        Dictionary<string, string> environment = new()
        {
            ["LISTEN_FDS"] = _sockets.Count.ToString(CultureInfo.InvariantCulture),
            ["NOTIFY_SOCKET"] = "@" + _noticeName,
            ["WATCHDOG_USEC"] = "100000",
        };
        if (names is not null) environment["LISTEN_FDNAMES"] = names;
        return Executable.StartInfo("bash", ["-c", $"{moves}; LISTEN_PID=$$ exec \"$0\" \"$@\"", Binary.Path,
            .. arguments], environment, null);
    }

    /// <summary>Waits until a daemon says this.</summary>
    public async Task Says(string notice)
    {
        using CancellationTokenSource limit = new(Patience.Limit);
        while (await _heard.Reader.ReadAsync(limit.Token) != notice)
        {
        }
    }

    public void Dispose()
    {
        foreach (Socket socket in _sockets) socket.Dispose();
        _notices.Dispose();
    }

    /// <summary>As systemd does: at once. The kernel keeps but a few for who is slow, and a daemon waits for nobody.
    /// </summary>
    private async Task Hear()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                int got = await _notices.ReceiveAsync(buffer);
                _heard.Writer.TryWrite(Encoding.ASCII.GetString(buffer, 0, got));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int ControlFile(int file, int command, nint argument);
}
