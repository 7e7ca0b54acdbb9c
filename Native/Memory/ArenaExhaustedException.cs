using System;

namespace Slungd.Native.Memory;

/// <summary>The memory budget is used up. Carries the figures so that the message to the user can name them.</summary>
internal sealed class ArenaExhaustedException(long budget, long used, long requested)
    : Exception($"the memory budget of {budget} bytes is used up: {used} in use, {requested} more requested (--memory)")
{
    public long Budget { get; } = budget;

    public long Used { get; } = used;

    public long Requested { get; } = requested;
}
