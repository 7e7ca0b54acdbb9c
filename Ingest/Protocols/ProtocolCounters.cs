using System.Runtime.CompilerServices;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols;

/// <summary>What one socket loop, or one door, took in of one protocol. Written by the loop alone, or under a lock;
/// read by anybody, perhaps a moment old.</summary>
internal sealed class ProtocolCounters
{
    /// <summary>Refusals are counted per <see cref="RefusalCode"/>.</summary>
    public const int RefusalCodes = (int)RefusalCode.Rate + 1;

    /// <summary>Whole messages.</summary>
    public long Messages;
    /// <summary>Points handed to the sink, refused ones included.</summary>
    public long Points;
    /// <summary>Events, blocks and definitions that could not be read.</summary>
    public long Malformed;
    public RefusalCounts Refused;

    /// <summary>From what one receive brought until its points are stored and its replies written.</summary>
    public LatencyHistogram Turns { get; } = new();

    /// <summary>Points per <see cref="RefusalCode"/>.</summary>
    [InlineArray(RefusalCodes)]
    internal struct RefusalCounts
    {
        private long _first;
    }

    public void Add(RefusalLog refusals)
    {
        foreach (Refusal run in refusals.Runs) Refused[(int)run.Code] += run.Count;
    }
}
