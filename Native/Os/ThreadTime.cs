using System;

namespace Slungd.Native.Os;

// Unsafe: the two numbers that the call fills are on this stack.

/// <summary>Processor time of the calling thread.</summary>
internal static unsafe class ThreadTime
{
    /// <summary>Since the thread began; zero where the system does not tell.</summary>
    public static TimeSpan Used()
    {
        long* time = stackalloc long[2]; // seconds, nanoseconds (64-bit Linux)
        return OperatingSystem.IsLinux() && SystemCalls.ReadClock(SystemCalls.ThreadProcessorTime, time) == 0
            ? TimeSpan.FromTicks(time[0] * TimeSpan.TicksPerSecond + time[1] / 100) : TimeSpan.Zero;
    }
}
