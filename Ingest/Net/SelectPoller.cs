using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Slungd.Ingest.Net;

/// <summary>Systems without epoll: correct, with a cost per socket and wait.</summary>
internal sealed class SelectPoller : Poller
{
    private readonly record struct Watch(Socket Socket, bool Read, bool Write);

    private readonly Dictionary<int, Watch> _watches = [];
    private readonly Dictionary<Socket, int> _tokens = [];
    private readonly List<Socket> _read = [];
    private readonly List<Socket> _write = [];
    private readonly List<Socket> _error = [];
    private readonly Dictionary<int, Readiness> _found = [];
    private readonly List<Readiness> _ready = [];
    private readonly Socket _wake = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private int _wakePending;

    public SelectPoller()
    {
        // A datagram to itself ends the wait.
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wake.Connect(_wake.LocalEndPoint!);
        _wake.Blocking = false;
    }

    public override Readiness this[int index] => _ready[index];

    public override void Add(Socket socket, int token, bool read, bool write)
    {
        _watches[token] = new Watch(socket, read, write);
        _tokens[socket] = token;
    }

    public override void Change(Socket socket, int token, bool read, bool write) => Add(socket, token, read, write);

    public override void Remove(Socket socket, int token)
    {
        _watches.Remove(token);
        _tokens.Remove(socket);
    }

    public override int Wait(int timeoutMs, out bool woken)
    {
        _read.Clear();
        _write.Clear();
        _error.Clear();
        _read.Add(_wake);
        foreach (Watch watch in _watches.Values)
        {
            if (watch.Read) _read.Add(watch.Socket);
            if (watch.Write) _write.Add(watch.Socket);
            _error.Add(watch.Socket);
        }
        Socket.Select(_read, _write, _error, timeoutMs < 0 ? -1 : timeoutMs * 1000);
        woken = _read.Remove(_wake);
        if (woken) DrainWake();
        _found.Clear();
        foreach (Socket socket in _read) Note(socket, new Readiness(0, Read: true, Write: false, Broken: false));
        foreach (Socket socket in _write) Note(socket, new Readiness(0, Read: false, Write: true, Broken: false));
        foreach (Socket socket in _error) Note(socket, new Readiness(0, Read: true, Write: true, Broken: true));
        _ready.Clear();
        _ready.AddRange(_found.Values);
        return _ready.Count;
    }

    public override void Wake()
    {
        if (Interlocked.Exchange(ref _wakePending, 1) == 0) _wake.Send([1], SocketFlags.None, out _);
    }

    public override void Dispose() => _wake.Dispose();

    private void DrainWake()
    {
        Volatile.Write(ref _wakePending, 0);
        _wake.Receive(new byte[8], SocketFlags.None, out _);
    }

    private void Note(Socket socket, Readiness seen)
    {
        int token = _tokens[socket];
        _found.TryGetValue(token, out Readiness before);
        _found[token] = new Readiness(token, before.Read | seen.Read, before.Write | seen.Write,
            before.Broken | seen.Broken);
    }
}
