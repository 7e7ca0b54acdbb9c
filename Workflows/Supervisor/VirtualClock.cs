using System;
using Slungd.Engine.Model;

namespace Slungd.Workflows.Supervisor;

/// <summary>A clock that points and sleeping guests move, and nothing else; at first it is 1970.</summary>
internal sealed class VirtualClock : TimeProvider
{
    private static readonly long LatestTicks = (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks;

    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_ticks);

    /// <summary>Moves on to a timestamp; never back.</summary>
    public void MoveTo(long timestamp, Precision precision)
    {
        Int128 ticks = (Int128)timestamp * TimeSpan.TicksPerSecond / precision.PerSecond();
        if (ticks > _ticks) _ticks = (long)Int128.Min(ticks, LatestTicks);
    }

    public void MoveBy(TimeSpan time) => _ticks = Math.Min(LatestTicks, _ticks + Math.Min(LatestTicks, time.Ticks));
}
