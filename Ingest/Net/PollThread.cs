using System;
using System.Threading;

namespace Slungd.Ingest.Net;

/// <summary>A door's own thread and the poller that it waits with, until the door is to stop.</summary>
internal sealed class PollThread : IDisposable
{
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    /// <param name="name">The thread's.</param>
    /// <param name="run">Returns soon after <see cref="IsStopping"/> is set.</param>
    public PollThread(string name, ThreadStart run) => _thread = new Thread(run) { Name = name, IsBackground = true };

    public Poller Poller { get; } = Poller.Create(portable: !OperatingSystem.IsLinux());

    public bool IsStopping => _stop.IsSet;

    public void Start() => _thread.Start();

    /// <summary>Ends waits, and returns when the thread has ended, if it ever ran.</summary>
    public void Stop()
    {
        if (_stop.IsSet) return;
        _stop.Set();
        Poller.Wake();
        if (_thread.IsAlive) _thread.Join();
    }

    /// <summary>Lets time pass, but none once the door is to stop.</summary>
    public void Rest(int milliseconds) => _stop.Wait(milliseconds);

    /// <summary>Once it has stopped, or was never started.</summary>
    public void Dispose()
    {
        Poller.Dispose();
        _stop.Dispose();
    }
}
