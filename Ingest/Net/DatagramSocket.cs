using System;
using System.Buffers.Binary;
using System.IO;
using System.Net;
using System.Net.Sockets;
using Slungd.Native.Os;

namespace Slungd.Ingest.Net;

/// <summary>A bound socket for datagrams: UDP, or a Unix socket, whose file goes with it.</summary>
internal sealed class DatagramSocket : IDisposable
{
    /// <summary>Who may write to the socket's file: everybody, as everybody on this machine may send to a loopback
    /// address.</summary>
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private const int BufferBytes = 8 << 20; // as far as the system allows
    private const int SocketLevel = 1;       // Linux: SOL_SOCKET
    private const int ForcedBuffer = 33;     // SO_RCVBUFFORCE: beyond the system's limit, for who may
    private const int MemoryFigures = 55;    // SO_MEMINFO: u32 each
    private const int DropsFigure = 8;       // SK_MEMINFO_DROPS

    /// <summary>Binds it, or takes one that is bound already, whose file then stays.</summary>
    /// <exception cref="SocketException">The address can't be had.</exception>
    /// <exception cref="IOException">Something stands at the path already, or its directory is not there.</exception>
    public DatagramSocket(DatagramPlace place)
    {
        EndPoint address = place.Address;
        bool isLocal = address is UnixDomainSocketEndPoint;
        Socket = place.Socket is { } open ? new Socket(new SafeSocketHandle(open, ownsHandle: true))
            : new Socket(address.AddressFamily, SocketType.Dgram,
                isLocal ? ProtocolType.Unspecified : ProtocolType.Udp);
        try
        {
            Socket.Blocking = false;
            Socket.ReceiveBufferSize = BufferBytes;
            ForceBuffer();
            if (place.Socket is null) Bind(address, isLocal);
            Name = isLocal ? "unix:" + address : Socket.LocalEndPoint!.ToString()!;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Socket Socket { get; }

    /// <summary>Where it is bound, the chosen port included, as an option would have it.</summary>
    public string Name { get; } = "";

    /// <summary>Datagrams that the kernel had no room for since the socket was bound; 0 where it does not tell.
    /// </summary>
    public long Drops()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        Span<byte> figures = stackalloc byte[(DropsFigure + 1) * sizeof(uint)];
        figures.Clear();
        try { Socket.GetRawSocketOption(SocketLevel, MemoryFigures, figures); }
        catch (SocketException) { return 0; } // kernels before 4.12
        catch (ObjectDisposedException) { return 0; } // asked while the daemon stops
        return BinaryPrimitives.ReadUInt32LittleEndian(figures[(DropsFigure * sizeof(uint))..]);
    }

    public void Dispose() => Socket.Dispose(); // and the file goes, too, that it made

    private void Bind(EndPoint address, bool isLocal)
    {
        if (isLocal) RemoveLeftOver(address);
        else if (((IPEndPoint)address).Address.Equals(IPAddress.IPv6Any)) Socket.DualMode = true;
        Socket.Bind(address);
        if (isLocal && !OperatingSystem.IsWindows()) File.SetUnixFileMode(address.ToString()!, Mode);
    }

    private void ForceBuffer()
    {
        if (!OperatingSystem.IsLinux()) return;
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, BufferBytes);
        try { Socket.SetRawSocketOption(SocketLevel, ForcedBuffer, bytes); }
        catch (SocketException)
        {
            // Only root may; net.core.rmem_max says how much others get.
        }
    }

    /// <summary>A socket's file to which nobody listens any more is in the way after a crash.</summary>
    private static void RemoveLeftOver(EndPoint address)
    {
        string path = address.ToString()!;
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory && !Directory.Exists(directory))
            throw new IOException($"no such directory: {directory}"); // the runtime speaks of an address
        if (!File.Exists(path)) return;
        using Socket other = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        SocketError answer = SocketError.Success;
        try { other.Connect(address); }
        catch (SocketException e) { answer = e.SocketErrorCode; }
        if (answer != SocketError.ConnectionRefused || !LocalSockets.IsSocket(path))
            throw new IOException("something else is there");
        File.Delete(path);
    }
}
