using System;
using System.Threading;

namespace Slungd.Ingest.Hosting.Logging;

/// <summary>Lets one message of a kind through per interval, and says how many were held back since. Any thread;
/// allocates nothing.</summary>
internal sealed class RepeatGuard(TimeProvider clock, TimeSpan interval)
{
    private long _openFrom = long.MinValue;
    private long _heldBack;

    /// <summary>True when the caller should log now.</summary>
    public bool TryPass(out long heldBack)
    {
        long now = clock.GetTimestamp();
        long openFrom = Volatile.Read(ref _openFrom);
        long next = now + (long)(interval.TotalSeconds * clock.TimestampFrequency);
        if (now < openFrom || Interlocked.CompareExchange(ref _openFrom, next, openFrom) != openFrom)
        {
            Interlocked.Increment(ref _heldBack);
            heldBack = 0;
            return false;
        }
        heldBack = Interlocked.Exchange(ref _heldBack, 0);
        return true;
    }
}
