using System;
using System.Threading;

namespace Slungd.Ingest.Security;

/// <summary>A rate of points with a burst of one second. Points are taken when they are there, and so may overdraw it;
/// its owner then waits until the debt is paid. Any thread.</summary>
internal sealed class PointAllowance(long pointsPerSecond, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private double _left = pointsPerSecond;
    private long _since = clock.GetTimestamp();

    public long PointsPerSecond => pointsPerSecond;

    /// <summary>Takes points that have come.</summary>
    public void Take(long points)
    {
        lock (_lock)
        {
            Refill();
            _left -= points;
        }
    }

    /// <summary>How long nothing may come; zero when something may.</summary>
    public TimeSpan Debt()
    {
        lock (_lock)
        {
            Refill();
            return _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(-_left / pointsPerSecond, 86_400));
        }
    }

    private void Refill()
    {
        long now = clock.GetTimestamp();
        double seconds = clock.GetElapsedTime(_since, now).TotalSeconds;
        _since = now;
        _left = Math.Min(pointsPerSecond, _left + seconds * pointsPerSecond);
    }
}
