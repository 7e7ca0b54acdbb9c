using System.Collections.Generic;

namespace Slungd.Engine.Wal;

/// <summary>What a replay found.</summary>
internal sealed class ReplayResult
{
    public int Files { get; set; }

    public long Frames { get; set; }

    /// <summary>Of frames and their headers.</summary>
    public long Bytes { get; set; }

    public long Points { get; set; }

    /// <summary>Points that were read, but their series was defined in a part that is lost, or can't be
    /// taken.</summary>
    public long LostPoints { get; set; }

    /// <summary>The parts that could not be read.</summary>
    public List<LogHole> Holes { get; } = [];

    /// <summary>The newest file; its number is 0 when there is none.</summary>
    public LogHeader Last { get; set; }

    /// <summary>Where its last frame ends.</summary>
    public long LastEnd { get; set; }

    /// <summary>It has holes.</summary>
    public bool IsLastUneven { get; set; }

    /// <summary>The highest number in use, also by a spare file.</summary>
    public ulong LastNumber { get; set; }

    /// <summary>The highest generation seen, or flushed before.</summary>
    public ulong LastGeneration { get; set; }
}
