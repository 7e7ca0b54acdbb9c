using Slungd.Engine.Segments;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>Snapshots: everything acknowledged before the call, while writers and readers go on.</summary>
internal sealed partial class TimeSeriesStore
{
    /// <summary>Makes a snapshot and returns its name, a directory in <see cref="SnapshotFolder.Path"/>. What is in
    /// memory is flushed first; then the segments of one moment get a second name each.</summary>
    /// <exception cref="DiskException">That failed; there is no snapshot then.</exception>
    public string Snapshot()
    {
        Invariant.Check(_folder is not null);
        StoreState state;
        lock (_flushLock)
        {
            Flush();
            state = AcquireState();
        }
        try
        {
            string name = SnapshotFolder.NameAt(_clock.GetUtcNow());
            new SnapshotFolder(_disk, _options.DataDirectory!).Make(name, state.Segments,
                directory => CopyTombstones(state.Tombstones, directory), CheckRoomFor);
            EngineLog.SnapshotMade(_log, name, state.Segments.Length);
            return name;
        }
        finally
        {
            state.Release();
        }
    }

    /// <summary>Those of the same moment as the segments. Without any there need be no file.</summary>
    private void CopyTombstones(TombstoneSet tombstones, string directory)
    {
        if (tombstones.Count == 0) return;
        TombstoneFile.Prepare(_disk, directory, tombstones, logThrough: 0, _registry);
        TombstoneFile.Replace(_disk, directory);
    }
}
