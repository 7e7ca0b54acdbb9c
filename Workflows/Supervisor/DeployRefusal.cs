namespace Slungd.Workflows.Supervisor;

/// <summary>Why the supervisor did not do what it was asked for.</summary>
internal enum DeployRefusal
{
    None,
    BadName,
    BadModule,
    BadConfig,
    TooMany,
    Unknown,

    /// <summary>The store is not open yet, or the daemon stops.</summary>
    NotNow,
    Disk,
}
