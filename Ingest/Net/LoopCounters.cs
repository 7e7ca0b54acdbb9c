using Slungd.Ingest.Protocols;

namespace Slungd.Ingest.Net;

/// <summary>What one socket loop did. Written by the loop alone, read by anybody: a reader may see a value that is a
/// moment old.</summary>
internal sealed class LoopCounters
{
    /// <summary>Times that it waited for something and did it.</summary>
    public long Turns;
    public long BytesReceived;
    public long Accepted;
    /// <summary>Connections turned away because there were too many.</summary>
    public long Refused;
    /// <summary>Sockets now, HTTP ones included.</summary>
    public long Open;
    /// <summary>WebSockets now.</summary>
    public long OpenWebSockets;
    public long Upgrades;
    /// <summary>Connections that were closed because the peer broke the WebSocket protocol.</summary>
    public long Violations;
    /// <summary>Times that a connection was not read from because memory or disk was short.</summary>
    public long HeldBack;
    /// <summary>Connections dropped because they did not read their replies.</summary>
    public long SlowReaders;
    public long TextRequests;
    /// <summary>Managed bytes that the loop's thread has allocated since its start.</summary>
    public long AllocatedBytes;

    public ProtocolCounters Original { get; } = new();

    public ProtocolCounters SlungV2 { get; } = new();
}
