using System;

namespace Slungd.Engine.Model;

/// <summary>Every bound in one place, with its reason (design, section 10).</summary>
internal sealed record Limits
{
    /// <summary>Series ever created; each costs about 300 bytes of registry.</summary>
    public int MaxSeries { get; init; } = 1_000_000;

    /// <summary>Deleted ranges, each of one series, that wait for a compaction to erase their points: 32 bytes of
    /// memory each, and as much on disk with the series' key.</summary>
    public int MaxTombstones { get; init; } = 1_000_000;

    /// <summary>WebSockets on port 2077, connections of Graphite's door; each holds a receive buffer at most.</summary>
    public int MaxConnections { get; init; } = 1_024;

    /// <summary>Connections on port 2078, and as many on OTLP's: each may hold a whole head, or a window of a body, in
    /// the managed heap.</summary>
    public int MaxHttpConnections { get; init; } = 1_024;

    /// <summary>Connections above these two, on each port: they get answers of HTTP, so that probes work on a full
    /// door, and nothing else.</summary>
    public int SpareConnections { get; init; } = 64;

    /// <summary>HTTP request head.</summary>
    public int MaxHeadBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes of one HTTP connection that were received and nobody has read yet. At least a head's.</summary>
    public int MaxHttpBufferBytes { get; init; } = 512 * 1024;

    /// <summary>One WebSocket message, fragments added up.</summary>
    public int MaxMessageBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>HTTP request body on port 2078.</summary>
    public int MaxBodyBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Events decoded but not yet appended, per socket loop.</summary>
    public int MaxQueuedEventsPerLoop { get; init; } = 16_384;

    /// <summary>slung.v2 aliases per connection.</summary>
    public int MaxAliasesPerConnection { get; init; } = 1_000_000;

    public int MaxSubscriptionsPerConnection { get; init; } = 64;

    /// <summary>Each is looked at for every point of its series.</summary>
    public int MaxLiveQueriesPerWorkflow { get; init; } = 16;

    /// <summary>Live queries of everybody together: connections, streams of server-sent events, workflows. The queue
    /// of one that does not read takes some <see cref="LiveMessageBytes"/> an event.</summary>
    public int MaxLiveQueries { get; init; } = 4_096;

    /// <summary>Managed memory that an event takes in the queue of a live query.</summary>
    public const int LiveMessageBytes = 64;

    /// <summary>Calls nested in one guest: the original's limit.</summary>
    public int MaxGuestFrames { get; init; } = 4_096;

    /// <summary>Slots of 8 bytes for parameters, locals and operands of one guest: the original's limit.</summary>
    public int MaxGuestSlots { get; init; } = 16_384;

    /// <summary>Events waiting for one slow subscriber or workflow; of more the oldest are dropped.</summary>
    public int MaxQueuedEventsPerSubscription { get; init; } = 1_024;

    /// <summary>Tokens of one DSL tag expression, parentheses included.</summary>
    public int MaxQueryTokens { get; init; } = 64;

    /// <summary>The text of one query, in UTF-16 code units: room for the longest name a point can have.</summary>
    public int MaxQueryChars { get; init; } = 128 * 1024;

    /// <summary>Keys of one BY: each is looked up in every series.</summary>
    public int MaxGroupKeys { get; init; } = 16;

    /// <summary>RAW answers this many points unless the caller sets `limit`.</summary>
    public int DefaultRawLimit { get; init; } = 10_000;

    /// <summary>The largest `limit` of RAW: bounds the memory of an answer; longer reads go page by page.</summary>
    public int MaxRawLimit { get; init; } = 100_000;

    /// <summary>Texts and bytes in one answer of RAW: it ends early where they would be more, and goes on from
    /// there.</summary>
    public int MaxRawPayloadBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Windows one query may produce over all groups: bounds the memory of an answer.</summary>
    public int MaxWindows { get; init; } = 1_000_000;

    /// <summary>Windows one live query keeps open over all groups; points that would open more are counted as dropped.
    /// </summary>
    public int MaxOpenWindowsPerSubscription { get; init; } = 1_024;

    /// <summary>The longest that a query over history may take, in either language.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Samples that one PromQL query may hold at once, each 8 bytes and more.</summary>
    public long MaxQuerySamples { get; init; } = 50_000_000;

    /// <summary>Series that one selector of a PromQL query may match.</summary>
    public int MaxQuerySeries { get; init; } = 1_000_000;

    /// <summary>Seconds a writer is held back when memory or disk is short, before it is refused.</summary>
    public int MaxHoldBackSeconds { get; init; } = 10;
}
