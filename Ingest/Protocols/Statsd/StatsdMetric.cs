using System.Runtime.InteropServices;

namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>What is known of one metric. In native memory; what grows (a timer's samples, a set's members) lies in a
/// block beside it.</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
internal struct StatsdMetric
{
    /// <summary>Where its key begins among the texts.</summary>
    public int KeyStart;
    public int KeyLength;
    /// <summary>The flush before which it was touched last.</summary>
    public uint Touched;
    public StatsdKind Kind;
    /// <summary>Its counters were written before; until then nobody knows that they began at zero.</summary>
    public bool IsKnown;
    /// <summary>A gauge has a value.</summary>
    public bool HasValue;
    /// <summary>A set has become a HyperLogLog.</summary>
    public bool IsEstimate;
    /// <summary>A counter's total, a gauge's value, the sum of a timer's values from the beginning.</summary>
    public double Value;
    /// <summary>A timer's events from the beginning, as many as its sample rates say.</summary>
    public double Events;
    /// <summary>Of a timer, in this interval.</summary>
    public double Min;
    public double Max;
    /// <summary>Values of a timer in this interval; members of a set while they are counted exactly.</summary>
    public long Seen;
    /// <summary>Of those, in the block.</summary>
    public int Kept;
}
