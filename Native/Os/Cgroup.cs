using System;
using System.Globalization;
using System.IO;

namespace Slungd.Native.Os;

/// <summary>How much memory this process may use, as the kernel says it: the smallest limit of the control groups above
/// us (v1 and v2), else the machine's memory.</summary>
internal static class Cgroup
{
    /// <summary>Limits of this size and above mean "none": v1 says so with a number near 2^63.</summary>
    private const long Unlimited = 1L << 60;

    /// <summary>The limit in bytes and where it comes from, for the log.</summary>
    /// <param name="root">"/" on a real machine; tests pass a directory with a faked /proc and /sys.</param>
    public static (long Bytes, string Source) MemoryLimit(string root = "/")
    {
        (long bytes, string source) = (MachineMemory(root), "machine");
        string? list = ReadText(Path.Join(root, "proc/self/cgroup"));
        if (list is null) return (bytes, source);
        foreach (string line in list.Split('\n'))
        {
            // hierarchy-id:controllers:path; v2 has id 0 and no controllers (cgroups(7)).
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3) continue;
            bool second = parts[0] == "0" && parts[1].Length == 0;
            if (!second && Array.IndexOf(parts[1].Split(','), "memory") < 0) continue;
            string mount = Path.Join(root, second ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
            string file = second ? "memory.max" : "memory.limit_in_bytes";
            long limit = SmallestAbove(mount, parts[2], file);
            if (limit < bytes) (bytes, source) = (limit, second ? "cgroup v2" : "cgroup v1");
        }
        return (bytes, source);
    }

    /// <summary>A group is bound by its parents' limits too. Inside a container the path may name the host's
    /// tree, which is not mounted: then only the mount's own limit is found, and that is the container's.</summary>
    private static long SmallestAbove(string mount, string path, string file)
    {
        long smallest = long.MaxValue;
        string? group = path.Trim('/');
        while (group is not null)
        {
            if (!group.Contains("..", StringComparison.Ordinal) &&
                TryParse(ReadText(Path.Join(mount, group, file)), out long limit))
            {
                smallest = Math.Min(smallest, limit);
            }
            group = group.Length == 0 ? null : Path.GetDirectoryName(group) ?? "";
        }
        return smallest;
    }

    private static bool TryParse(string? text, out long bytes) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out bytes) &&
        bytes is > 0 and < Unlimited; // "max" is no number

    private static long MachineMemory(string root)
    {
        string? text = ReadText(Path.Join(root, "proc/meminfo"));
        foreach (string line in (text ?? "").Split('\n'))
        {
            if (!line.StartsWith("MemTotal:", StringComparison.Ordinal)) continue;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 3 && TryParse(words[1], out long kibibytes)) return kibibytes * 1024;
        }
        return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    private static string? ReadText(string path)
    {
        try { return File.Exists(path) ? File.ReadAllText(path) : null; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // a group that may not be read sets no limit that we could know
        }
    }
}
