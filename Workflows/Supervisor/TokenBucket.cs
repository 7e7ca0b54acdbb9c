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
        Fill();
        if (_tokens < 1) return false;
        _tokens--;
        return true;
    }

    /// <summary>Takes what there may not be yet.</summary>
    /// <returns>How long to wait until there is.</returns>
    public TimeSpan Take(double amount)
    {
        Fill();
        _tokens -= amount;
        return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / _perSecond);
    }

    private void Fill()
    {
        long now = _clock.GetTimestamp();
        _tokens = Math.Min(_most, _tokens + _clock.GetElapsedTime(_at, now).TotalSeconds * _perSecond);
        _at = now;
    }
}
