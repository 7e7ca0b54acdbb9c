using System;

namespace Slungd.Tests;

/// <summary>What work allocates in its steady state, in bytes of the calling thread.</summary>
internal static class AllocatedBytes
{
    private const int Turns = 10;

    /// <summary>The least of a few turns: a lock that is waited for the first time, or code that is compiled anew,
    /// costs the runtime an object once; what the work itself allocates shows in every turn.</summary>
    public static long LeastOf(Action work)
    {
        work();
        long least = long.MaxValue;
        for (int turn = 0; turn < Turns && least > 0; turn++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
