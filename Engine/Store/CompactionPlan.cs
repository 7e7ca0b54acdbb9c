using Slungd.Engine.Model;

namespace Slungd.Engine.Store;

/// <summary>What the policy knows of a segment.</summary>
/// <param name="Level">0 to 2.</param>
/// <param name="Bytes">On disk.</param>
/// <param name="Rows">Its points.</param>
/// <param name="Series">Its series.</param>
/// <param name="MinTimestamp">Its oldest point.</param>
/// <param name="MaxTimestamp">Its newest point.</param>
/// <param name="FirstSequence">Its oldest write, as the number of a flush.</param>
/// <param name="LastSequence">Its newest write.</param>
internal readonly record struct CompactionSource(int Level, long Bytes, long Rows, int Series, long MinTimestamp,
    long MaxTimestamp, ulong FirstSequence, ulong LastSequence)
{
    /// <summary>False: it stays as it is.</summary>
    public bool MayMove { get; init; } = true;

    /// <summary>It holds points that must go; on demand it is written anew even if it has no partner.</summary>
    public bool HasDeadPoints { get; init; }

    public bool Overlaps(long min, long max) => MinTimestamp <= max && MaxTimestamp >= min;
}

/// <summary>One compaction: these sources become segments of a level, one for each stretch of time that has
/// points.</summary>
/// <param name="Sources">Positions in the list that the policy was given, ascending, at most eight.</param>
/// <param name="Level">Of the outputs.</param>
/// <param name="Windows">Ascending, without overlap; all points of the sources lie in them.</param>
internal sealed record CompactionPlan(int[] Sources, int Level, TimeRange[] Windows);
