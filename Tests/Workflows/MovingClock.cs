using System;

namespace Slungd.Tests.Workflows;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class MovingClock : TimeProvider
{
    private TimeSpan _passed = TimeSpan.FromHours(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddDays(20_000) + _passed;

    public override long GetTimestamp() => _passed.Ticks;

    public void Advance(TimeSpan time) => _passed += time;
}
