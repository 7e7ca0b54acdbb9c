using System;
using System.Collections.Generic;
using System.Threading;

namespace Slungd.Tests.Ingest.Http;

/// <summary>A clock that moves only when a test says so, and its timers with it.</summary>
internal sealed class TimerClock : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Timer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_timers) _timers.Add(timer);
        return timer;
    }

    /// <summary>A timer waits for its time.</summary>
    public bool IsArmed
    {
        get { lock (_timers) return _timers.Exists(timer => timer.IsArmed); }
    }

    public void Move(TimeSpan by)
    {
        Timer[] timers;
        lock (_timers)
        {
            _now += by;
            timers = [.. _timers];
        }
        foreach (Timer timer in timers) timer.Look();
    }

    private sealed class Timer(TimerClock clock, Action ring) : ITimer
    {
        private TimeSpan? _due;

        public bool IsArmed => _due is not null;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
            return true;
        }

        public void Look()
        {
            if (_due is not { } due || due > clock._now) return;
            _due = null;
            ring();
        }

        public void Dispose() => _due = null;

        public System.Threading.Tasks.ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
