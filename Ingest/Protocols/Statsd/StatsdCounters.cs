using System.Runtime.CompilerServices;

namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>What happened in the StatsD door, besides what every protocol counts. Written by its thread, read by
/// anybody, perhaps a moment old.</summary>
internal sealed class StatsdCounters
{
    /// <summary>Values taken, per <see cref="StatsdKind"/>.</summary>
    public ValueCounts Values;
    /// <summary>Metrics that are remembered.</summary>
    public long Metrics;
    /// <summary>Bytes that they take.</summary>
    public long MemoryBytes;
    /// <summary>Metrics that nobody had touched for too long.</summary>
    public long Forgotten;
    public long Flushes;
    /// <summary>Events and service checks of DogStatsD, which are none of ours.</summary>
    public long Ignored;
    /// <summary>Lines of new metrics for which there was no room.</summary>
    public long MetricOverflows;
    /// <summary>Values that did not get their place among those that percentiles are made of.</summary>
    public long SampleOverflows;
    /// <summary>Members of sets for which there was no memory.</summary>
    public long MemberOverflows;
    /// <summary>Lines of a metric that is of another kind already.</summary>
    public long Conflicts;

    /// <summary>Per kind.</summary>
    [InlineArray((int)StatsdKind.Set + 1)]
    internal struct ValueCounts
    {
        private long _first;
    }
}
