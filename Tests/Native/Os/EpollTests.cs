using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public sealed class EpollTests : IDisposable
{
    private const int PatienceMs = 180_000;

    private readonly Epoll? _epoll = OperatingSystem.IsLinux() ? new Epoll() : null;
    private readonly Socket _one;
    private readonly Socket _other;

    public EpollTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _one.Connect(listener.LocalEndPoint!);
        _other = listener.Accept();
    }

    public void Dispose()
    {
        _epoll?.Dispose();
        _one.Dispose();
        _other.Dispose();
    }

    [LinuxFact]
    public void Reports_what_is_watched_and_ready()
    {
        int file = (int)_one.Handle;
        _epoll!.Add(file, 77, read: true, write: false);
        Assert.Equal(0, _epoll.Wait(0, out bool woken));
        Assert.False(woken);
        _other.Send([1]);
        Assert.Equal(1, _epoll.Wait(PatienceMs, out _));
        Assert.Equal((77u, true, false, false),
            (_epoll.Token(0), _epoll.CanRead(0), _epoll.CanWrite(0), _epoll.IsBroken(0)));
        _epoll.Change(file, 78, read: false, write: true);
        Assert.Equal(1, _epoll.Wait(PatienceMs, out _));
        Assert.Equal((78u, false, true), (_epoll.Token(0), _epoll.CanRead(0), _epoll.CanWrite(0)));
        _epoll.Change(file, 78, read: false, write: false);
        Assert.Equal(0, _epoll.Wait(0, out _));
        _other.Close(0); // reset: reported although nothing is watched
        Assert.Equal(1, _epoll.Wait(PatienceMs, out _));
        Assert.True(_epoll.IsBroken(0));
        _epoll.Remove(file);
        Assert.Equal(0, _epoll.Wait(0, out _));
    }

    [LinuxFact]
    public void Wake_ends_a_wait_and_is_not_a_file()
    {
        _epoll!.Add((int)_one.Handle, 5, read: true, write: false);
        var waker = new Thread(_epoll.Wake);
        waker.Start();
        Assert.Equal(0, _epoll.Wait(-1, out bool woken));
        Assert.True(woken);
        waker.Join();
        Assert.Equal(0, _epoll.Wait(0, out woken)); // once is once
        Assert.False(woken);
        _other.Send([1]);
        _epoll.Wake();
        _epoll.Wake();
        WaitFor(() => _one.Available == 1);
        Assert.Equal(1, _epoll.Wait(PatienceMs, out woken));
        Assert.True(woken);
        Assert.Equal(5u, _epoll.Token(0));
    }

    private static void WaitFor(Func<bool> condition)
    {
        for (int i = 0; i < PatienceMs && !condition(); i++) Thread.Sleep(1);
        Assert.True(condition());
    }
}

/// <summary>Skipped where there is no epoll.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "epoll is Linux's";
    }
}
