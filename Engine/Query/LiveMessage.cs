using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

internal enum LiveMessageKind : byte
{
    /// <summary>A point that matched.</summary>
    Event = 1,
    /// <summary>A window that has closed.</summary>
    Window,
    /// <summary>Messages or points that came before the next one are missing: the queue was full.</summary>
    Dropped,
}

/// <summary>One message to a subscriber, without any allocation of its own.</summary>
internal struct LiveMessage
{
    public LiveMessageKind Kind;

    /// <summary>Event: its series.</summary>
    public SeriesKey? Series;

    /// <summary>Window: the UTF-8 values of the BY keys, null for a missing one; null for a query without BY.</summary>
    public byte[]?[]? By;

    /// <summary>Event: its timestamp. Window: its first timestamp.</summary>
    public long Timestamp;

    /// <summary>Event: its value. Window: the op's answer.</summary>
    public double Value;

    /// <summary>Window: how many points took part. Dropped: how many messages or points are missing.</summary>
    public long Count;

    /// <summary>Event: the connection that sent it. Window: how many points came too late since the last
    /// message.</summary>
    public ulong ProducerOrLate;

    /// <summary>Event: see <see cref="LiveHub.Depth"/>.</summary>
    public int Depth;
}
