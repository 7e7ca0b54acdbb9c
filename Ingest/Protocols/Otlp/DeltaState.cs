namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>What the deltas of one series add up to; at first nothing, at no time.</summary>
internal struct DeltaState
{
    /// <summary>Of the last one, in nanoseconds since the epoch, not the store's: a delta may end in the millisecond of
    /// the one before it. 0: there was none.</summary>
    public ulong Time;
    public double Sum;
    /// <summary>Of a histogram's count: the hash of its bounds.</summary>
    public ulong Bounds;
    /// <summary>Of exponential histograms.</summary>
    public byte[]? Payload;
    /// <summary>No other state of any series has the same, but for 0.</summary>
    public ulong Stamp;
}
