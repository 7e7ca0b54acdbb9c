using System;
using System.Net;
using System.Net.Sockets;

namespace Slungd.Native.Os;

/// <summary>A listening socket that the process was started with.</summary>
internal static class InheritedSocket
{
    /// <summary>Looks at a descriptor.</summary>
    /// <param name="descriptor">Its number; stays open, and is the caller's.</param>
    /// <param name="address">Where it listens.</param>
    /// <returns>Null when it is a TCP socket that listens, else what was expected.</returns>
    public static string? Take(int descriptor, out IPEndPoint? address)
    {
        const string Expected = "a TCP socket that listens";
        address = null;
        if (!OperatingSystem.IsLinux()) return Expected + ", on Linux";
        // Looked at through a copy, which can be disposed of without harm. The descriptor itself stays without the flag
        // that closes it on exec: by that the framework knows that others share the socket, and never disconnects it,
        // which it does to sockets that are disposed of during an accept and would end the listening for everybody.
        int copy = SystemCalls.ControlFile(descriptor, SystemCalls.DuplicateCloseOnExec, 0);
        if (copy < 0) return $"{Expected}, got a descriptor that is not open";
        try
        {
            using Socket socket = new(new SafeSocketHandle(copy, ownsHandle: true));
            address = socket.LocalEndPoint as IPEndPoint;
            if (address is null || socket.SocketType != SocketType.Stream) return $"{Expected}, got something else";
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
