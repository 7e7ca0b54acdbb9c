using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Slungd.Tests;

/// <summary>Ports for what can't be told to take any: below those that the kernel gives to others by itself (from 32768
/// on, on Linux), so that nobody gets one between our look and its use, and none twice.</summary>
internal static class FreePorts
{
    private const int First = 21_000, Count = 9_000;

    private static int s_last = System.Environment.ProcessId * 53; // other test runs begin elsewhere

    /// <summary>A port of 127.0.0.1 that nobody listens on.</summary>
    public static int Next()
    {
        while (true)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref s_last) % Count);
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try { socket.Bind(new IPEndPoint(IPAddress.Loopback, port)); }
            catch (SocketException) { continue; } // somebody has it
            return port;
        }
    }
}
