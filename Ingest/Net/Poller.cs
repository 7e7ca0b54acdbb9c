using System;
using System.Net.Sockets;

namespace Slungd.Ingest.Net;

/// <summary>Tells one socket loop which of its sockets are ready, level-triggered. All by the loop's thread but
/// <see cref="Wake"/>. A socket is named by a token; broken ones are always reported.</summary>
internal abstract class Poller : IDisposable
{
    public static Poller Create(bool portable) => portable ? new SelectPoller() : new EpollPoller();

    public abstract void Add(Socket socket, int token, bool read, bool write);

    public abstract void Change(Socket socket, int token, bool read, bool write);

    public abstract void Remove(Socket socket, int token);

    /// <summary>Waits for readiness, <see cref="Wake"/>, or the end of the time.</summary>
    /// <param name="timeoutMs">-1 waits for ever.</param>
    /// <param name="woken">Wake was called.</param>
    /// <returns>How many sockets are ready.</returns>
    public abstract int Wait(int timeoutMs, out bool woken);

    /// <summary>Ready socket <paramref name="index"/> of the last wait.</summary>
    public abstract Readiness this[int index] { get; }

    /// <summary>Ends the current or the next wait. Any thread.</summary>
    public abstract void Wake();

    public abstract void Dispose();
}
