using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>The read side.</summary>
internal sealed partial class TimeSeriesStore
{
    private long _quarantined;

    public SeriesView OpenView()
    {
        StoreState state = AcquireState();
        return new StoreView(this, state, _registry, OldestKept(state));
    }

    /// <summary>Takes a corrupt segment out of the store and moves its files away. Views that hold it keep
    /// it.</summary>
    public void Quarantine(Segment segment, SegmentCorruptException why)
    {
        lock (_flushLock)
        {
            lock (_stateLock)
            {
                StoreState next = _state.Without(segment);
                if (next == _state) return; // another reader was first
                Publish(next);
            }
            ReportQuarantine(segment.Name, why);
        }
    }

    private void ReportQuarantine(SegmentName name, SegmentCorruptException why)
    {
        Interlocked.Increment(ref _quarantined);
        _lastError = why.Message;
        try
        {
            _folder!.Quarantine(name);
            EngineLog.Quarantined(_log, name.ToString(), why.Message);
        }
        catch (DiskException e)
        {
            Interlocked.Increment(ref _strayFiles);
            EngineLog.QuarantineFailed(_log, name.ToString(), $"{why.Message}; {e.Message}");
        }
    }
}
