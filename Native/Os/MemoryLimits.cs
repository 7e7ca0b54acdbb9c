using System;

namespace Slungd.Native.Os;

/// <summary>How the memory limit is shared out (design, section 10). All in bytes.</summary>
/// <param name="Limit">The cgroup's or the machine's.</param>
/// <param name="Arena">Points in memory: half, at most 2 GiB, or what --memory says.</param>
/// <param name="GcHeap">Hard limit of the managed heap: 20 %.</param>
/// <param name="Guests">All workflow guests together: 10 %.</param>
/// <param name="Source">Where the limit comes from, for the log.</param>
internal sealed record MemoryLimits(long Limit, long Arena, long GcHeap, long Guests, string Source)
{
    public const long MaxArena = 2L << 30;

    /// <summary>Two large slabs of the arena: one for points, one in reserve for batches in flight.</summary>
    public const long MinArena = 4L << 20;

    /// <summary>Shares out a limit. An explicit arena takes precedence over the half, but not over the 2 GiB.</summary>
    public static MemoryLimits Split(long limit, string source, long? arena = null)
    {
        long share = Math.Clamp(arena ?? limit / 2, MinArena, MaxArena);
        return new MemoryLimits(limit, share, limit / 5, limit / 10, source);
    }

    /// <summary>For the machine or container this process runs in.</summary>
    public static MemoryLimits Detect(long? arena = null, string root = "/")
    {
        (long limit, string source) = Cgroup.MemoryLimit(root);
        return Split(limit, source, arena);
    }
}
