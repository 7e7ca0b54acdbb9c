using System;
using System.Threading;

namespace Slungd.Workflows.Supervisor;

/// <summary>What a workflow's thread waits on: events, and the wish that its guest ends. Any thread raises, one waits.
/// </summary>
internal sealed class GuestSignal(TimeProvider clock)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly object _lock = new(); // a monitor: the thread waits on it
    private bool _isRaised;
    private long _switchAsked;
    private volatile bool _isSwitching;
    private volatile bool _isStopping;
    private volatile bool _isWaiting;

    /// <summary>The thread is to end.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>The guest is to make room for its successor.</summary>
    public bool IsSwitching => _isSwitching;

    public bool IsEnding => _isStopping || _isSwitching;

    /// <summary>The guest does not run: it waits in the host.</summary>
    public bool IsWaiting => _isWaiting;

    /// <summary>Since the switch was asked for.</summary>
    public TimeSpan SwitchAge => clock.GetElapsedTime(_switchAsked);

    /// <summary>There may be an event.</summary>
    public void Raise()
    {
        lock (_lock)
        {
            _isRaised = true;
            Monitor.Pulse(_lock);
        }
    }

    public void Stop()
    {
        lock (_lock)
        {
            _isStopping = true;
            Monitor.Pulse(_lock);
        }
    }

    public void Switch()
    {
        lock (_lock)
        {
            if (!_isSwitching) _switchAsked = clock.GetTimestamp();
            _isSwitching = true;
            Monitor.Pulse(_lock);
        }
    }

    public void SwitchDone() => _isSwitching = false;

    /// <summary>Waits until something was raised since the last wait, the guest is to end, or the time is over.
    /// </summary>
    /// <returns>True when something was raised.</returns>
    public bool Wait(TimeSpan most)
    {
        lock (_lock)
        {
            _isWaiting = true;
            if (!_isRaised && !IsEnding) Monitor.Wait(_lock, most);
            bool wasRaised = _isRaised;
            _isRaised = false;
            _isWaiting = false;
            return wasRaised;
        }
    }

    /// <summary>Waits the whole time, unless the guest is to end.</summary>
    public void Sleep(TimeSpan duration)
    {
        long start = clock.GetTimestamp();
        lock (_lock)
        {
            _isWaiting = true;
            for (TimeSpan left = duration; left > TimeSpan.Zero && !IsEnding;
                left = duration - clock.GetElapsedTime(start))
                Monitor.Wait(_lock, left > Shortest ? left : Shortest);
            _isWaiting = false;
        }
    }

    /// <summary>Waits until the guest is to end.</summary>
    public void SleepUntilEnding()
    {
        lock (_lock)
        {
            _isWaiting = true;
            while (!IsEnding) Monitor.Wait(_lock);
            _isWaiting = false;
        }
    }
}
