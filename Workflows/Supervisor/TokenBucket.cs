using System;

namespace Slungd.Workflows.Supervisor;

/// <summary>Lets so many things a second pass, at once what a second brings. One thread.</summary>
internal sealed class TokenBucket
{
    private readonly double _perSecond;
    private readonly TimeProvider _clock;
    private double _tokens;
    private long _at;

    public TokenBucket(double perSecond, TimeProvider clock)
    {
        _perSecond = _tokens = perSecond;
        _clock = clock;
        _at = clock.GetTimestamp();
    }

    public bool TryTake()
    {
        long now = _clock.GetTimestamp();
        _tokens = Math.Min(_perSecond, _tokens + _clock.GetElapsedTime(_at, now).TotalSeconds * _perSecond);
        _at = now;
        if (_tokens < 1) return false;
        _tokens--;
        return true;
    }
}
