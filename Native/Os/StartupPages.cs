using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;

namespace Slungd.Native.Os;

// Contract: only read-only mappings of the executable's own file that hold no page changed since it was mapped are
// touched. Their content is the file's, which the kernel reads again when a page is used next.

/// <summary>Gives back the pages of the executable that only the start needed. The kernel maps sixteen pages around
/// each that is touched, and the start touches code all over: two thirds of it are never used again.</summary>
internal static partial class StartupPages
{
    private const int AdviseDontNeed = 4;

    /// <summary>Unmaps them; does nothing where the kernel does not describe its mappings. Any thread, at any time:
    /// what is used comes back with the next touch.</summary>
    public static void Release()
    {
        if (!OperatingSystem.IsLinux() || Environment.ProcessPath is not { } executable) return;
        try { Release(executable); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A hardened kernel hides smaps: then the pages stay, and nothing else changes.
        }
    }

    /// <summary>In /proc/self/smaps a mapping is `start-end rwxp offset device inode path`, followed by lines such as
    /// `Anonymous: 0 kB`: the pages that are no longer the file's (proc(5)).</summary>
    private static void Release(string executable)
    {
        (nuint Start, nuint Length) mapping = default;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            int dash = line.IndexOf('-');
            int space = line.IndexOf(' ');
            if (dash > 0 && dash < space)
            {
                bool isOurs = line.EndsWith(executable, StringComparison.Ordinal)
                    && line.AsSpan(space + 1).StartsWith("r") && line[space + 2] == '-';
                mapping = isOurs ? Range(line, dash, space) : default;
            }
            else if (mapping.Length > 0 && line.StartsWith("Anonymous:", StringComparison.Ordinal)
                && line.EndsWith(" 0 kB", StringComparison.Ordinal))
            {
                _ = Advise(mapping.Start, mapping.Length, AdviseDontNeed);
            }
        }
    }

    private static (nuint Start, nuint Length) Range(string line, int dash, int space)
    {
        nuint start = nuint.Parse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        nuint end = nuint.Parse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber,
            CultureInfo.InvariantCulture);
        return (start, end - start);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint bytes, int advice);
}
