using System;

namespace Slungd.Tests.Sim;

/// <summary>What goes wrong on a simulated disk, and how often. All off by default.</summary>
internal sealed record SimFaults
{
    public static readonly SimFaults None = new();

    /// <summary>Probability that a write fails with EIO; any part of it may have been written.</summary>
    public double Write { get; init; }

    /// <summary>Probability that a sync fails with EIO. The system then forgets what was not synced: no later sync
    /// makes it durable, though reads still show it.</summary>
    public double Sync { get; init; }

    /// <summary>Probability that a read fails with EIO.</summary>
    public double Read { get; init; }

    /// <summary>Probability that a read ends early, as if the file did.</summary>
    public double ShortRead { get; init; }

    /// <summary>Probability that creating, renaming, deleting or linking fails with EIO; nothing is done
    /// then.</summary>
    public double Name { get; init; }

    /// <summary>Where faults happen; null: everywhere.</summary>
    public Func<string, bool>? Where { get; init; }
}
