using System;
using System.Net;
using System.Net.Sockets;

namespace Slungd.Native.Os;

/// <summary>A socket that the process was started with: it listens, or is bound to take datagrams.</summary>
internal static class InheritedSocket
{
    /// <summary>Looks at a descriptor.</summary>
    /// <param name="descriptor">Its number; stays open, and is the caller's.</param>
    /// <param name="address">Where it listens: an IPEndPoint, or a UnixDomainSocketEndPoint.</param>
    /// <param name="type">Stream: over TCP. Dgram: over UDP, or a Unix socket.</param>
    /// <returns>Null when it is one of these, else what was expected.</returns>
    public static string? Take(int descriptor, out EndPoint? address, out SocketType type)
    {
        const string Expected = "a TCP socket that listens, or a UDP or Unix datagram socket that is bound";
        (address, type) = (null, SocketType.Unknown);
        if (!OperatingSystem.IsLinux()) return Expected + ", on Linux";
        // Looked at through a copy, which can be disposed of without harm. The descriptor itself stays without the flag
        // that closes it on exec: by that the framework knows that others share the socket, and never disconnects it,
        // which it does to sockets that are disposed of during an accept and would end the listening for everybody.
        int copy = SystemCalls.ControlFile(descriptor, SystemCalls.DuplicateCloseOnExec, 0);
        if (copy < 0) return $"{Expected}, got a descriptor that is not open";
        try
        {
            using Socket socket = new(new SafeSocketHandle(copy, ownsHandle: true));
            (address, type) = (socket.LocalEndPoint, socket.SocketType);
            bool isBound = address is IPEndPoint { Port: > 0 } or UnixDomainSocketEndPoint && address.ToString() != "";
            if (isBound && type == SocketType.Dgram) return null;
            if (address is not IPEndPoint || type != SocketType.Stream) return $"{Expected}, got something else";
            bool isListening = socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)
                is not 0;
            return isListening ? null : $"{Expected}, got one that does not (Accept=no in the socket unit)";
        }
        catch (SocketException)
        {
            return $"{Expected}, got something else";
        }
    }
}
