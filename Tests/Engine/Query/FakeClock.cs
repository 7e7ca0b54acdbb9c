using System;

namespace Slungd.Tests.Engine.Query;

/// <summary>A clock that stands still until it is moved; at first it is the epoch.</summary>
internal sealed class FakeClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

    /// <summary>How much every reading of the timestamp moves it.</summary>
    public long TicksPerReading { get; set; }

    private long _timestamp;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long TimestampFrequency => 10_000_000;

    public override long GetTimestamp() => _timestamp += TicksPerReading;
}
