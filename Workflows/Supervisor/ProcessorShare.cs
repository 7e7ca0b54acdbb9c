using System;
using System.Threading;

namespace Slungd.Workflows.Supervisor;

/// <summary>How much processor time may be used, as a number of processors. Who has used more waits. Any thread.
/// </summary>
internal sealed class ProcessorShare
{
    /// <summary>Unused time that may be used later.</summary>
    private const double MaxSavedSeconds = 0.1;

    private readonly Lock _lock = new();
    private readonly double _processors;
    private readonly TimeProvider _clock;
    private double _savedSeconds = MaxSavedSeconds;
    private long _at;

    public ProcessorShare(double processors, TimeProvider clock)
    {
        _processors = processors;
        _clock = clock;
        _at = clock.GetTimestamp();
    }

    /// <summary>Accounts for time used since the last call.</summary>
    /// <returns>How long to wait now.</returns>
    public TimeSpan Use(TimeSpan used)
    {
        lock (_lock)
        {
            long now = _clock.GetTimestamp();
            double earned = _clock.GetElapsedTime(_at, now).TotalSeconds * _processors;
            _at = now;
            _savedSeconds = Math.Min(_savedSeconds, MaxSavedSeconds) + earned - used.TotalSeconds;
            return _savedSeconds >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_savedSeconds / _processors);
        }
    }
}
