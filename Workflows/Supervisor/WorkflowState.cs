namespace Slungd.Workflows.Supervisor;

internal enum WorkflowState
{
    /// <summary>It was deployed or started anew, and runs in a moment.</summary>
    Starting,

    Running,

    /// <summary>It failed, and starts again soon.</summary>
    Waiting,

    /// <summary>Its guest returned, or exited with 0.</summary>
    Ended,

    /// <summary>It failed too often, or can't be started at all.</summary>
    Quarantined,

    Stopped,

    /// <summary>Its files can't be read, or are no guest.</summary>
    NotLoaded,
}
