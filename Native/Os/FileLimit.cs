using System;

namespace Slungd.Native.Os;

// Unsafe: the kernel reads and writes two numbers on this stack.

/// <summary>How many descriptors this process may have (RLIMIT_NOFILE).</summary>
internal static unsafe class FileLimit
{
    private const int OpenFiles = 7; // RLIMIT_NOFILE of Linux

    /// <summary>The limit that is in force; null where the system does not tell.</summary>
    public static long? Current => TryGet(out Limits limits) ? Clamp(limits.Soft) : null;

    /// <summary>Raises it as far as the process may. Shells and service managers set 1,024 for the sake of programs
    /// that use select(), and leave it to those that do not to ask for more. Two system calls.</summary>
    /// <returns>The limit then in force; null where the system does not tell.</returns>
    public static long? Raise()
    {
        if (!TryGet(out Limits limits)) return null;
        if (limits.Soft == limits.Hard) return Clamp(limits.Soft);
        Limits wanted = limits with { Soft = limits.Hard };
        return Clamp(SystemCalls.SetResourceLimit(OpenFiles, &wanted) == 0 ? wanted.Soft : limits.Soft);
    }

    private static bool TryGet(out Limits limits)
    {
        Limits current = default;
        bool isKnown = OperatingSystem.IsLinux() && SystemCalls.GetResourceLimit(OpenFiles, &current) == 0;
        limits = current;
        return isKnown;
    }

    /// <summary>"Unlimited" is the largest number.</summary>
    private static long Clamp(ulong limit) => (long)Math.Min(limit, long.MaxValue);

    /// <summary>struct rlimit of 64-bit systems (getrlimit(2)).</summary>
    private readonly record struct Limits(ulong Soft, ulong Hard);
}
