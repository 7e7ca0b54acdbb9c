using System.Net.Sockets;
using Slungd.Native.Os;

namespace Slungd.Ingest.Net;

/// <summary>Linux.</summary>
internal sealed class EpollPoller : Poller
{
    private readonly Epoll _epoll = new();

    public override Readiness this[int index] => new((int)_epoll.Token(index), _epoll.CanRead(index),
        _epoll.CanWrite(index), _epoll.IsBroken(index));

    public override void Add(Socket socket, int token, bool read, bool write) =>
        _epoll.Add((int)socket.Handle, (uint)token, read, write);

    public override void Change(Socket socket, int token, bool read, bool write) =>
        _epoll.Change((int)socket.Handle, (uint)token, read, write);

    public override void Remove(Socket socket, int token) => _epoll.Remove((int)socket.Handle);

    public override int Wait(int timeoutMs, out bool woken) => _epoll.Wait(timeoutMs, out woken);

    public override void Wake() => _epoll.Wake();

    public override void Dispose() => _epoll.Dispose();
}
