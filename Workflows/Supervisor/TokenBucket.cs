using System;

namespace Slungd.Workflows.Supervisor;

/// <summary>Lets so many things a second pass. One thread.</summary>
internal sealed class TokenBucket
{
    private readonly double _perSecond, _most;
    private readonly TimeProvider _clock;
    private double _tokens;
    private long _at;

    /// <param name="perSecond">In the long run.</param>
    /// <param name="clock">Tells how long it was.</param>
    /// <param name="most">At once; as many as a second brings when it is left out.</param>
    public TokenBucket(double perSecond, TimeProvider clock, double? most = null)
    {
        _perSecond = perSecond;
        _most = _tokens = most ?? perSecond;
        _clock = clock;
        _at = clock.GetTimestamp();
    }

    public bool TryTake()
    {
        long now = _clock.GetTimestamp();
        _tokens = Math.Min(_most, _tokens + _clock.GetElapsedTime(_at, now).TotalSeconds * _perSecond);
        _at = now;
        if (_tokens < 1) return false;
        _tokens--;
        return true;
    }
}
