using System;
using System.Collections.Generic;
using Slungd.Native.Os;

namespace Slungd.Engine.Segments;

/// <summary>The directory of the segments, and the one for those that turned out corrupt.</summary>
internal sealed class SegmentFolder(IDisk disk, string dataDirectory)
{
    /// <summary>What is wrong with a .dat alone.</summary>
    public const string IndexIsGone = "its .idx is missing, and with it what points it has";

    public string Path { get; } = dataDirectory + "/segments";

    public string QuarantinePath { get; } = dataDirectory + "/quarantine";

    /// <summary>Removes what a crash left half written or half removed, and names what is there.</summary>
    /// <param name="highest">The highest number ever seen here, quarantine included; 0 when there is none.</param>
    /// <param name="lost">Segments whose .idx is gone, which no crash does: their points can't be found.</param>
    /// <returns>The segments (those with an .idx), in no particular order of age.</returns>
    public List<SegmentName> Clean(out ulong highest, out List<SegmentName> lost)
    {
        highest = 0;
        lost = [];
        var segments = new List<SegmentName>();
        var unnamed = new List<SegmentName>();
        var files = new HashSet<string>(disk.ListFiles(Path), StringComparer.Ordinal);
        foreach (string file in files)
        {
            if (file.EndsWith(SegmentName.Temporary, StringComparison.Ordinal))
            {
                string of = file[..^SegmentName.Temporary.Length];
                bool isOurs = SegmentName.TryParse(of, out SegmentName begun, out bool isLast);
                if (isOurs && isLast) unnamed.Add(begun);
                else if (isOurs) TryDelete(file);
                continue;
            }
            if (!SegmentName.TryParse(file, out SegmentName name, out bool isIndex)) continue; // not ours
            highest = Math.Max(highest, name.Number);
            if (isIndex) segments.Add(name);
            else if (files.Contains(name.Idx)) continue;
            else if (files.Contains(name.Idx + SegmentName.Temporary)) TryDelete(file);
            else lost.Add(name);
        }
        // A process that died may have given a name and not made it durable; from now on we rely on it.
        disk.SyncDirectory(Path);
        foreach (SegmentName name in unnamed) // their .idx.tmp said that the .dat may go
        {
            bool isNeeded = !files.Contains(name.Idx) && disk.FileExists(Path + "/" + name.Dat);
            if (!isNeeded) TryDelete(name.Idx + SegmentName.Temporary);
        }
        if (!disk.DirectoryExists(QuarantinePath)) return segments;
        foreach (string file in disk.ListFiles(QuarantinePath))
            if (SegmentName.TryParse(file, out SegmentName name, out _)) highest = Math.Max(highest, name.Number);
        return segments;
    }

    /// <summary>Moves a segment's files out of the way, for a person to look at. Should this be interrupted, the
    /// other one comes here at the next start.</summary>
    public void Quarantine(SegmentName name)
    {
        disk.CreateDirectory(QuarantinePath);
        Move(name.Dat);
        Move(name.Idx);
        disk.SyncDirectory(QuarantinePath);
        disk.SyncDirectory(Path);
    }

    /// <summary>Removes a segment for good. The .idx loses its name first: without it the segment is none. It goes
    /// last, since a .dat beside neither is one that has lost it.</summary>
    public void Delete(SegmentName name)
    {
        string index = Path + "/" + name.Idx;
        if (disk.FileExists(index)) disk.Rename(index, index + SegmentName.Temporary);
        disk.SyncDirectory(Path);
        disk.Delete(Path + "/" + name.Dat);
        disk.SyncDirectory(Path);
        disk.Delete(index + SegmentName.Temporary);
    }

    private void TryDelete(string file)
    {
        try { disk.Delete(Path + "/" + file); }
        catch (DiskException)
        {
            // It belongs to no segment, and waits for a start that may remove it.
        }
    }

    private void Move(string file)
    {
        if (disk.FileExists(Path + "/" + file)) disk.Rename(Path + "/" + file, QuarantinePath + "/" + file);
    }
}
