using System;
using System.Collections;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Slungd.Ingest.Hosting.Activation;

/// <summary>Tells whoever supervises the process how it is (sd_notify(3)): `READY=1`, `STOPPING=1`, and `WATCHDOG=1`
/// as long as all is well. What can't be sent is lost: nobody may be kept waiting by it.</summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket _socket;
    private readonly UnixDomainSocketEndPoint _address;
    private readonly TimeSpan _beat;

    private ServiceManager(UnixDomainSocketEndPoint address, TimeSpan beat)
    {
        (_address, _beat) = (address, beat);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    }

    /// <summary>Null when there is none that wants to know.</summary>
    /// <param name="environment">NOTIFY_SOCKET: a path, or `@` and an abstract name (unix(7)); WATCHDOG_USEC and
    /// WATCHDOG_PID: how long we may be silent.</param>
    public static ServiceManager? Find(IDictionary environment)
    {
        if (environment["NOTIFY_SOCKET"] is not string { Length: > 1 } name || name[0] is not ('/' or '@')) return null;
        TimeSpan beat = Timeout.InfiniteTimeSpan;
        if (environment["WATCHDOG_USEC"] is string text && IsForUs(environment["WATCHDOG_PID"] as string)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            && microseconds is > 0 and < int.MaxValue * 1000L)
        {
            beat = TimeSpan.FromMicroseconds(microseconds / 2.0);
        }
        try
        {
            return new ServiceManager(new UnixDomainSocketEndPoint(name[0] == '@' ? "\0" + name[1..] : name), beat);
        }
        catch (ArgumentOutOfRangeException) // longer than the system allows: it can't be anybody's
        {
            return null;
        }
    }

    /// <summary>Reports from the start to the stop, on a thread of its own.</summary>
    /// <param name="opened">Set when points are taken.</param>
    /// <param name="ended">Set when the daemon is to stop.</param>
    /// <param name="isAlive">Asked before each heartbeat, twice in the time that the manager waits.</param>
    public void Attend(ManualResetEventSlim opened, ManualResetEventSlim ended, Func<bool> isAlive) =>
        new Thread(() => Report(opened, ended, isAlive)) { Name = "service manager", IsBackground = true }.Start();

    /// <summary>The stop has begun.</summary>
    public void Stopping() => Send("STOPPING=1");

    public void Dispose() => _socket.Dispose();

    private static bool IsForUs(string? process) => string.IsNullOrEmpty(process)
        || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private void Report(ManualResetEventSlim opened, ManualResetEventSlim ended, Func<bool> isAlive)
    {
        WaitHandle[] either = [opened.WaitHandle, ended.WaitHandle];
        if (WaitHandle.WaitAny(either) == 0) Send("READY=1");
        while (_beat != Timeout.InfiniteTimeSpan && !ended.Wait(_beat))
            if (isAlive()) Send("WATCHDOG=1");
    }

    private void Send(string state)
    {
        try { _socket.SendTo(Encoding.ASCII.GetBytes(state), _address); }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone, or does not listen: it will find out by itself.
        }
    }
}
