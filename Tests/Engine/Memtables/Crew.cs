using System;
using System.Collections.Generic;
using System.Threading;
using Xunit;

namespace Slungd.Tests.Engine.Memtables;

/// <summary>Threads of a test: they run until the end is called, and a failure in one fails the test.</summary>
internal sealed class Crew : IDisposable
{
    private readonly List<Thread> _threads = [];
    private readonly Lock _lock = new();
    private Exception? _failure;
    private volatile bool _ended;

    public bool Ended => _ended;

    /// <summary>True while one of the threads is at work.</summary>
    public bool Running => _threads.Exists(thread => thread.IsAlive);

    public void Start(Action work)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                lock (_lock) _failure ??= e;
            }
        });
        _threads.Add(thread);
        thread.Start();
    }

    /// <summary>Tells the threads to end, waits, and passes on what failed.</summary>
    public void End()
    {
        _ended = true;
        Join();
    }

    public void Join()
    {
        foreach (Thread thread in _threads) thread.Join();
        Assert.Null(_failure);
    }

    public void Dispose()
    {
        _ended = true;
        foreach (Thread thread in _threads) thread.Join();
    }
}
