using System;
using System.Threading;

namespace Slungd.Ingest.Security;

/// <summary>A rate of points with a burst of one second. Points are taken when they are there, and so may overdraw it,
/// up to a limit; its owner then waits until the debt is paid. Any thread.</summary>
internal sealed class PointAllowance(long pointsPerSecond, TimeProvider clock)
{
    private const int DebtSeconds = 60;
    private const int LeastDebt = 10_000;

    private readonly Lock _lock = new();
    private double _left = pointsPerSecond;
    private long _since = clock.GetTimestamp();

    public long PointsPerSecond => pointsPerSecond;

    /// <summary>So many points may be owed: those of a minute, and what senders that gather put into one request at
    /// least. A request of more could make its token wait for hours.</summary>
    public long MaxDebt => Math.Max(DebtSeconds * pointsPerSecond, LeastDebt);

    /// <summary>Takes points that have come; returns how many, from the first one, may be kept.</summary>
    public int Take(int points)
    {
        lock (_lock)
        {
            Refill();
            int taken = (int)Math.Min(points, Math.Max(0, Math.Floor(_left + MaxDebt)));
            _left -= taken;
            return taken;
        }
    }

    /// <summary>How long nothing may come; zero when something may.</summary>
    public TimeSpan Debt()
    {
        lock (_lock)
        {
            Refill();
            return _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_left / pointsPerSecond);
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
