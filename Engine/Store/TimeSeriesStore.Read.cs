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
            try { NoteLogThrough([segment]); }
            catch (DiskException e)
            {
                _lastError = e.Message; // at worst the next start takes a file of the log for missing
            }
            lock (_stateLock)
            {
                StoreState next = _state.Without(segment);
                if (next == _state) return; // another reader was first
                Publish(next);
            }
            ReportQuarantine(segment.Name, why);
        }
    }

    /// <summary>As above, for the segment of this state whose file it was.</summary>
    public void Quarantine(StoreState state, SegmentCorruptException why)
    {
        foreach (Segment segment in state.Segments) if (segment.Reader.IsOf(why.File)) Quarantine(segment, why);
    }

    /// <summary>As <see cref="Segment.HoldsAny"/>; of a corrupt segment, which goes, nobody knows.</summary>
    private bool MayHoldAny(Segment segment, SeriesId series, TimeRange range)
    {
        try
        {
            return segment.HoldsAny(series, range);
        }
        catch (SegmentCorruptException e)
        {
            Quarantine(segment, e);
            return true;
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
