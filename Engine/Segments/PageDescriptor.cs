using Slungd.Engine.Model;

namespace Slungd.Engine.Segments;

/// <summary>What the index knows of one page of points: where its two pages lie in the .dat, and its summary. On disk
/// as <see cref="PageRun"/> has it.</summary>
internal struct PageDescriptor
{
    /// <summary>Oldest and newest point, and the values' summary as queries read them; zeros for payload families.
    /// <see cref="BlockSummary.SumLow"/> is 0: the sum is exact to half its last bit.</summary>
    public BlockSummary Summary;

    /// <summary>Where the time page starts in the .dat; the value page follows it.</summary>
    public long Offset;

    /// <summary>Counted through the segment.</summary>
    public int Number;

    /// <summary>0: there is none, the timestamps have equal distances.</summary>
    public int TimeLength;
    public int ValueLength;
    public uint TimeChecksum;
    public uint ValueChecksum;

    /// <summary>Of both pages.</summary>
    public readonly int Length => TimeLength + ValueLength;

    /// <summary>The distance of the timestamps, when there is no time page.</summary>
    public readonly long Step => Summary.Count < 2 ? 0
        : (long)((ulong)(Summary.LastTimestamp - Summary.FirstTimestamp) / (ulong)(Summary.Count - 1));
}
