namespace Slungd.Workflows.Supervisor;

/// <summary>What a workflow has done since its deployment. Written by its thread alone; others may read.</summary>
internal sealed class WorkflowCounters
{
    /// <summary>Events handed to the guest.</summary>
    public long Events;

    /// <summary>Points written.</summary>
    public long Written;

    /// <summary>Points refused: unreadable, by the store, above the rate, or in a loop.</summary>
    public long Refused;

    /// <summary>Of those: an event had too many guests' writes behind it.</summary>
    public long LoopsCut;

    /// <summary>Queries over history.</summary>
    public long Queries;

    /// <summary>Messages to connections.</summary>
    public long Messages;

    /// <summary>Messages that could not be sent.</summary>
    public long MessagesFailed;

    public long HttpCalls;

    /// <summary>Calls without an answer, those to hosts that are not allowed among them.</summary>
    public long HttpFailed;

    /// <summary>Times that the guest did not end well.</summary>
    public long Failures;

    /// <summary>Starts after the first one.</summary>
    public long Restarts;

    /// <summary>Processor time in ticks of 100 ns.</summary>
    public long ProcessorTicks;

    /// <summary>Time in which the guest was held back for having used its share, in ticks of 100 ns.</summary>
    public long ThrottledTicks;

    /// <summary>As they are now.</summary>
    public WorkflowCounters Copy() => (WorkflowCounters)MemberwiseClone();
}
