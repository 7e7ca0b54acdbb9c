using Microsoft.Extensions.Logging;

namespace Slungd.Workflows;

/// <summary>Every message about workflows. The ids are fixed: 5000 to 5999.</summary>
internal static partial class WorkflowsLog
{
    [LoggerMessage(5000, LogLevel.Information, "workflow {Name} runs")]
    public static partial void Runs(ILogger log, string name);

    [LoggerMessage(5001, LogLevel.Information, "workflow {Name} has ended by itself")]
    public static partial void Ended(ILogger log, string name);

    [LoggerMessage(5002, LogLevel.Warning, "workflow {Name} failed and starts again in {Milliseconds} ms: {Reason}")]
    public static partial void Failed(ILogger log, string name, long milliseconds, string reason);

    [LoggerMessage(5003, LogLevel.Error,
        "workflow {Name} is in quarantine until it is replaced or restarted: {Reason}")]
    public static partial void Quarantined(ILogger log, string name, string reason);

    [LoggerMessage(5004, LogLevel.Information, "workflow {Name} was replaced")]
    public static partial void Replaced(ILogger log, string name);

    [LoggerMessage(5005, LogLevel.Information, "workflow {Name} was removed")]
    public static partial void Removed(ILogger log, string name);

    [LoggerMessage(5006, LogLevel.Error, "workflow {Name} was not loaded: {Reason}")]
    public static partial void NotLoaded(ILogger log, string name, string reason);

    [LoggerMessage(5007, LogLevel.Warning, "workflow {Name}: {Note}")]
    public static partial void Note(ILogger log, string name, string note);

    [LoggerMessage(5008, LogLevel.Information, "workflow {Name} says: {Line}")]
    public static partial void Says(ILogger log, string name, string line);

    [LoggerMessage(5009, LogLevel.Error, "workflow {Name} did not end in time")]
    public static partial void Stuck(ILogger log, string name);

    [LoggerMessage(5014, LogLevel.Warning, "workflow {Name} was interrupted: it did not end by itself")]
    public static partial void Interrupted(ILogger log, string name);

    [LoggerMessage(5010, LogLevel.Error, "workflows can't be read: {Reason}")]
    public static partial void FolderUnreadable(ILogger log, string reason);

    [LoggerMessage(5011, LogLevel.Information, "workflows run on Wasmtime: {Path}")]
    public static partial void UsesWasmtime(ILogger log, string path);

    [LoggerMessage(5012, LogLevel.Information, "workflows run on the embedded engine, without Wasmtime: {Reason}")]
    public static partial void UsesEmbedded(ILogger log, string reason);

    [LoggerMessage(5013, LogLevel.Warning, "workflows run on the embedded engine: {Reason}")]
    public static partial void CantUseWasmtime(ILogger log, string reason);
}
