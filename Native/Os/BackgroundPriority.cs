using System;
using System.Runtime.InteropServices;

namespace Slungd.Native.Os;

// Unsafe: hands the kernel a structure on this stack; it keeps nothing of it.

/// <summary>Makes a thread give way to others. .NET's own thread priorities do nothing on Linux.</summary>
internal static unsafe class BackgroundPriority
{
    // About a tenth of what a thread of normal priority gets beside it; everything when nobody else wants it.
    private const int Nice = 10;
    private const int MostNice = 19;
    private const ulong LongestSliceNs = 100_000_000;

    /// <summary>Lowers the calling thread for the rest of its life; where that is refused it stays as it is.</summary>
    /// <returns>True when the system did it.</returns>
    public static bool Enter() => OperatingSystem.IsLinux() && SetNice(Nice);

    /// <summary>Lowers the calling thread as far as it goes without starving: for work that may spin for ever. A
    /// seventieth of the normal share, behind <see cref="Enter"/> as well. It preempts nobody when it wakes
    /// (SCHED_BATCH); and since it asks for the longest time slice, the kernel (Linux 6.12 and newer) lets who wakes
    /// beside it, I/O completions above all, preempt it at once instead of letting it finish a slice. Not SCHED_IDLE: a
    /// guest that holds a lock for a moment must get the processor within a moment, too.</summary>
    /// <returns>True when the system did it, or at least the lower share.</returns>
    public static bool EnterLowest()
    {
        if (!OperatingSystem.IsLinux()) return false;
        Scheduling wanted = new()
        {
            Size = (uint)sizeof(Scheduling),
            Policy = SystemCalls.BatchPolicy,
            Nice = MostNice,
            SliceNs = LongestSliceNs,
        };
        // "Process 0" is the calling thread.
        return SystemCalls.Call(SystemCalls.SetScheduling, 0, &wanted, 0) == 0 || SetNice(MostNice);
    }

    // On Linux "process 0" is the calling thread (setpriority(2), "C library/kernel differences").
    private static bool SetNice(int nice) => SystemCalls.SetPriority(which: 0, who: 0, nice) == 0;

    /// <summary>struct sched_attr of sched_setattr(2), its first version.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Scheduling
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong SliceNs; // sched_runtime
        public ulong DeadlineNs;
        public ulong PeriodNs;
    }
}
