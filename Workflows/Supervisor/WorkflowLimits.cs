using System;

namespace Slungd.Workflows.Supervisor;

/// <summary>What one workflow may use, besides what its configuration says, and why.</summary>
internal sealed record WorkflowLimits
{
    /// <summary>Each has a thread.</summary>
    public int MaxWorkflows { get; init; } = 64;

    /// <summary>Live queries: each is looked at for every point of its series.</summary>
    public int MaxLiveQueries { get; init; } = 16;

    /// <summary>New live queries, in the long run: each makes all writers look at their series again.</summary>
    public int LiveQueriesPerSecond { get; init; } = 10;

    /// <summary>Texts of queries, URLs and bodies, and <see cref="TextOverhead"/> for each: reading them takes managed
    /// memory, whose collection stops everybody. Who is above it waits.</summary>
    public double TextBytesPerSecond { get; init; } = 8 << 20;

    /// <summary>What a call with a short text takes.</summary>
    public int TextOverhead { get; init; } = 512;

    /// <summary>Messages to connections: the sockets' threads send them.</summary>
    public int MessagesPerSecond { get; init; } = 50_000;

    /// <summary>Calls nested in wasm: the original's limit.</summary>
    public int StackFrames { get; init; } = 4_096;

    /// <summary>Slots of 8 bytes for parameters, locals and operands of all frames: the original's limit.</summary>
    public int StackSlots { get; init; } = 16_384;

    /// <summary>Points written: a guest in a loop must not fill the disk at memory's speed.</summary>
    public int EventsPerSecond { get; init; } = 50_000;

    /// <summary>How many guests' writes an event may have behind it: a guest that answers its own writes ends here.
    /// </summary>
    public int MaxDepth { get; init; } = 16;

    /// <summary>Lines that reach the log.</summary>
    public int LogLinesPerSecond { get; init; } = 100;

    /// <summary>Lines kept in memory.</summary>
    public int LogLines { get; init; } = 500;

    /// <summary>What a longer line is cut into.</summary>
    public int LogLineBytes { get; init; } = 1_024;

    /// <summary>Processor time without a single call to the host: longer means an endless loop.</summary>
    public TimeSpan BusyLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A query over history that takes longer answers nothing.</summary>
    public TimeSpan QueryTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the connection to the last byte of the answer.</summary>
    public TimeSpan HttpTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>HTTP calls of all workflows at once.</summary>
    public int HttpCalls { get; init; } = 16;

    /// <summary>How long a poll waits for an event: instead of spinning, and short enough for a guest's own timers.
    /// </summary>
    public TimeSpan PollWait { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a write waits while memory or disk is short.</summary>
    public TimeSpan WriteWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a replaced guest may go on with the event it has.</summary>
    public TimeSpan SwitchPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Before the first restart; doubles with each failure.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Failures in a row until quarantine.</summary>
    public int MaxFailures { get; init; } = 8;

    /// <summary>Between two lines of the log about dropped events.</summary>
    public TimeSpan DropNotes { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A failure after so long a run is the first one again.</summary>
    public TimeSpan HealthyAfter { get; init; } = TimeSpan.FromMinutes(1);
}
