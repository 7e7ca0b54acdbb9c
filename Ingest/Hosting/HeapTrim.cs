using System;

namespace Slungd.Ingest.Hosting;

/// <summary>Gives the managed heap's memory back once the daemon idles: a large answer leaves hundreds of megabytes,
/// and nothing collects them while nobody asks for more.</summary>
internal sealed class HeapTrim
{
    /// <summary>A smaller heap is left alone.</summary>
    internal const long LargeBytes = 64L << 20;

    /// <summary>Allocating less between two looks is idling: probes, scrapes, some writers.</summary>
    internal const long QuietBytes = 4L << 20;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private long _lookedAt, _allocated;
    private bool _isTrimmed; // since the last work; what is still there then is in use

    /// <summary>Looks every few seconds.</summary>
    public void Tick(TimeProvider clock)
    {
        if (_lookedAt != 0 && clock.GetElapsedTime(_lookedAt) < s_interval) return;
        _lookedAt = clock.GetTimestamp();
        if (IsDue(GC.GetTotalAllocatedBytes(), GC.GetGCMemoryInfo().TotalCommittedBytes))
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>Once for each time of quiet that follows work.</summary>
    /// <param name="allocated">Bytes, since the start.</param>
    /// <param name="committed">Bytes of the heap.</param>
    internal bool IsDue(long allocated, long committed)
    {
        bool isQuiet = allocated - _allocated < QuietBytes;
        _allocated = allocated;
        if (!isQuiet) _isTrimmed = false;
        if (!isQuiet || _isTrimmed || committed < LargeBytes) return false;
        _isTrimmed = true;
        return true;
    }
}
