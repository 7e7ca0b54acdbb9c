using System;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Slungd.Native.Os;

/// <summary>Sockets within this machine.</summary>
internal static unsafe class LocalSockets
{
    /// <summary>Two that are connected with each other and with nobody else (socketpair(2)).</summary>
    /// <exception cref="SocketException">There are no descriptors left.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux.</exception>
    public static (Socket One, Socket Other) CreatePair()
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("socket pairs need Linux");
        int* two = stackalloc int[2];
        if (SystemCalls.SocketPair(SystemCalls.LocalDomain, SystemCalls.StreamCloseOnExec, 0, two) != 0)
            throw new SocketException((int)SocketError.TooManyOpenSockets, Marshal.GetLastPInvokeErrorMessage());
        return (new Socket(new SafeSocketHandle(two[0], ownsHandle: true)),
            new Socket(new SafeSocketHandle(two[1], ownsHandle: true)));
    }

    /// <summary>True when the file at the path is a socket: it can't be opened as other files can.</summary>
    public static bool IsSocket(string path)
    {
        int file = SystemCalls.Open(path, SystemCalls.ReadOnly | SystemCalls.NonBlocking, 0);
        int error = Marshal.GetLastPInvokeError();
        if (file >= 0) SystemCalls.Close(file);
        return file < 0 && (error is SystemCalls.ErrnoNoDevice or SystemCalls.ErrnoNotSupported);
    }
}
