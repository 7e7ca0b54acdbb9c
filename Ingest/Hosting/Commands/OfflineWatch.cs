using System;
using Slungd.Native.Os;
using Slungd.Workflows.Supervisor;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>Ends a guest that runs for too long, or in an endless loop as the daemon would.</summary>
internal sealed class OfflineWatch(OfflineHost host, TimeSpan timeLimit)
{
    private readonly TimeSpan _busyLimit = new WorkflowLimits().BusyLimit;
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private long _callsSeen;
    private TimeSpan _busySince = ThreadTime.Used();

    /// <summary>Why the guest was ended; null when it was not.</summary>
    public string? Stopped { get; private set; }

    /// <summary>On the guest's thread, several times a second.</summary>
    public bool MayGoOn()
    {
        TimeSpan used = ThreadTime.Used();
        if (host.Calls != _callsSeen) _busySince = used;
        _callsSeen = host.Calls;
        if (used - _busySince > _busyLimit)
            Stopped = $"{_busyLimit.TotalSeconds} s of processor time without a call to the host";
        else if (TimeProvider.System.GetElapsedTime(_start) > timeLimit)
            Stopped = $"the time limit of {timeLimit.TotalSeconds} s is over";
        return Stopped is null;
    }
}
