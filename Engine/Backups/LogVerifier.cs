using System;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Engine.Wal;
using Slungd.Native.Os;

namespace Slungd.Engine.Backups;

/// <summary>Reads the log as the daemon will, and changes nothing.</summary>
internal sealed class LogVerifier(IDisk disk, string dataDirectory)
{
    /// <param name="precision">The store's.</param>
    /// <param name="flushedThrough">Generations up to this one are in segments.</param>
    /// <param name="report">Receives what is found.</param>
    /// <param name="result">The counts go here.</param>
    /// <exception cref="DiskException">The log can't be read.</exception>
    public void Verify(Precision precision, ulong flushedThrough, Action<Finding> report, Verification result)
    {
        var folder = new LogFolder(disk, dataDirectory);
        if (!disk.DirectoryExists(folder.Path)) return;
        var target = new Target();
        ReplayResult replayed;
        try
        {
            replayed = new LogReplay(disk, folder, target, precision, flushedThrough, isReadOnly: true).Run();
        }
        catch (LogVersionException e)
        {
            report(new Finding(folder.Path, 0, e.Message, IsProblem: true));
            return;
        }
        foreach (LogHole hole in replayed.Holes)
        {
            string what = hole.Length > 0 ? $"{hole.What} ({hole.Length} bytes)" : hole.What;
            if (!hole.IsProven) what += ": uneven, as after a power cut; nobody was told that it is safe";
            report(new Finding(hole.Path, hole.Offset, what, hole.IsProven));
        }
        if (target.BadKeys > 0 || replayed.LostPoints > 0)
        {
            report(new Finding(folder.Path, 0,
                $"{replayed.LostPoints} points are of series that are not defined soundly", IsProblem: true));
        }
        (result.LogFiles, result.LogPoints) = (replayed.Files, replayed.Points);
        result.Bytes += replayed.Bytes;
    }

    /// <summary>Takes everything whose key makes sense.</summary>
    private sealed class Target : ILogTarget
    {
        private uint _series;

        public long BadKeys { get; private set; }

        public void BeginGeneration(ulong generation)
        {
            // Which memtable the points were in does not matter here.
        }

        public SeriesId Define(ReadOnlySpan<byte> key, ValueFamily family)
        {
            if (CanonicalKey.TryDecode(key, out _)) return new SeriesId(_series++);
            BadKeys++;
            return SeriesId.None;
        }

        public void Append(SeriesId series, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values,
            ReadOnlySpan<byte> payload)
        {
            // That they could be read is all that is asked.
        }
    }
}
