using System;
using System.Globalization;
using System.IO;

namespace Slungd.Native.Os;

/// <summary>What the kernel says of this process's memory.</summary>
internal static class ProcessMemory
{
    /// <summary>The most bytes that were ever resident, pages of mapped files included; 0 where the system does not
    /// tell (proc(5), VmHWM).</summary>
    public static long PeakBytes
    {
        get
        {
            if (!OperatingSystem.IsLinux()) return 0;
            const string Name = "VmHWM:";
            foreach (string line in File.ReadLines("/proc/self/status"))
            {
                if (!line.StartsWith(Name, StringComparison.Ordinal)) continue;
                ReadOnlySpan<char> kilobytes = line.AsSpan(Name.Length).TrimEnd("kB ");
                return 1024 * long.Parse(kilobytes, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }
            return 0;
        }
    }
}
