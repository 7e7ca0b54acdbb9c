using System;
using System.Collections.Generic;
using Slungd.Native.Os;

namespace Slungd.Engine.Segments;

/// <summary>The directory of the segments, and the one for those that turned out corrupt.</summary>
internal sealed class SegmentFolder(IDisk disk, string dataDirectory)
{
    public string Path { get; } = dataDirectory + "/segments";

    public string QuarantinePath { get; } = dataDirectory + "/quarantine";

    /// <summary>Removes what a crash left half written, and names what is there.</summary>
    /// <param name="highest">The highest number ever seen here, quarantine included; 0 when there is none.</param>
    /// <returns>The segments (those with an .idx), in no particular order of age.</returns>
    public List<SegmentName> Clean(out ulong highest)
    {
        highest = 0;
        var segments = new List<SegmentName>();
        var files = new HashSet<string>(disk.ListFiles(Path), StringComparer.Ordinal);
        foreach (string file in files)
        {
            if (file.EndsWith(SegmentName.Temporary, StringComparison.Ordinal))
            {
                bool isOurs = SegmentName.TryParse(file[..^SegmentName.Temporary.Length], out _, out _);
                if (isOurs) disk.Delete(Path + "/" + file);
                continue;
            }
            if (!SegmentName.TryParse(file, out SegmentName name, out bool isIndex)) continue; // not ours
            highest = Math.Max(highest, name.Number);
            if (isIndex) segments.Add(name);
            else if (!files.Contains(name.Idx)) disk.Delete(Path + "/" + file);
        }
        // A process that died may have given a name and not made it durable; from now on we rely on it.
        disk.SyncDirectory(Path);
        if (!disk.DirectoryExists(QuarantinePath)) return segments;
        foreach (string file in disk.ListFiles(QuarantinePath))
            if (SegmentName.TryParse(file, out SegmentName name, out _)) highest = Math.Max(highest, name.Number);
        return segments;
    }

    /// <summary>Moves a segment's files out of the way, for a person to look at. The .idx last: should this be
    /// interrupted, an .idx without its .dat comes here at the next start, while a lone .dat would be
    /// removed.</summary>
    public void Quarantine(SegmentName name)
    {
        disk.CreateDirectory(QuarantinePath);
        Move(name.Dat);
        Move(name.Idx);
        disk.SyncDirectory(QuarantinePath);
        disk.SyncDirectory(Path);
    }

    /// <summary>Removes a segment for good. The .idx first: without it the segment is none.</summary>
    public void Delete(SegmentName name)
    {
        disk.Delete(Path + "/" + name.Idx);
        disk.SyncDirectory(Path);
        disk.Delete(Path + "/" + name.Dat);
    }

    private void Move(string file)
    {
        if (disk.FileExists(Path + "/" + file)) disk.Rename(Path + "/" + file, QuarantinePath + "/" + file);
    }
}
