using System;

namespace Slungd.Workflows.Supervisor;

/// <summary>A workflow as its operator sees it.</summary>
internal sealed record WorkflowStatus(string Name, WorkflowState State)
{
    public required int ModuleBytes { get; init; }

    /// <summary>When the last run began.</summary>
    public required DateTimeOffset? Started { get; init; }

    /// <summary>Why the last run that failed did; null when none has since it was deployed, configured or restarted.
    /// </summary>
    public required string? LastError { get; init; }

    /// <summary>The wasm backtrace of that, where there is one.</summary>
    public required string? LastTrap { get; init; }

    /// <summary>Of the guest, as of the last look.</summary>
    public required long MemoryBytes { get; init; }

    public required int LiveQueries { get; init; }

    /// <summary>Events that wait for the guest.</summary>
    public required long EventsQueued { get; init; }

    public required long EventsDropped { get; init; }

    public required long LogLinesLeftOut { get; init; }

    public required WorkflowConfig Config { get; init; }

    public required WorkflowCounters Counters { get; init; }

    public static WorkflowStatus NotLoaded(string name, string why) => new(name, WorkflowState.NotLoaded)
    {
        ModuleBytes = 0,
        Started = null,
        LastError = why,
        LastTrap = null,
        MemoryBytes = 0,
        LiveQueries = 0,
        EventsQueued = 0,
        EventsDropped = 0,
        LogLinesLeftOut = 0,
        Config = new WorkflowConfig(),
        Counters = new WorkflowCounters(),
    };
}
