using System;
using System.Net;
using System.Net.Sockets;

namespace Slungd.Native.Os;

/// <summary>Opens a TCP port within the first instants of a process. The framework's `Socket` is not used for it: the
/// first one starts a thread, and on a busy machine a start would wait for that thread's turn.</summary>
internal static unsafe class ListeningSocket
{
    /// <summary>Binds and listens as the framework would: `[::]` means everywhere, an address in TIME_WAIT can be
    /// had, one that somebody listens at can't.</summary>
    /// <returns>The descriptor, the caller's; null when it did not work, or not on Linux: who then opens it with
    /// `Socket` is told why.</returns>
    public static int? TryOpen(IPEndPoint address, int backlog)
    {
        if (!OperatingSystem.IsLinux()) return null;
        bool isVersion6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        int domain = isVersion6 ? SystemCalls.InternetDomain6 : SystemCalls.InternetDomain;
        int socket = SystemCalls.CreateSocket(domain, SystemCalls.StreamCloseOnExec, 0);
        if (socket < 0) return null;
        bool isDone = (!isVersion6 || Set(socket, SystemCalls.Internet6Level, SystemCalls.OnlyVersion6,
                address.Address.Equals(IPAddress.IPv6Any) ? 0 : 1))
            && Set(socket, SystemCalls.SocketLevel, SystemCalls.ReuseAddress, 1)
            && Bind(socket, address)
            && SystemCalls.Listen(socket, backlog) == 0;
        if (isDone) return socket;
        SystemCalls.Close(socket);
        return null;
    }

    private static bool Set(int socket, int level, int option, int value) =>
        SystemCalls.SetSocketOption(socket, level, option, &value, sizeof(int)) == 0;

    private static bool Bind(int socket, IPEndPoint address)
    {
        SocketAddress native = address.Serialize();
        fixed (byte* bytes = native.Buffer.Span)
            return SystemCalls.Bind(socket, bytes, native.Size) == 0;
    }
}
