using System.IO;

namespace Slungd.Engine.Segments;

/// <summary>A segment's bytes are not what was written: the segment goes into quarantine, the rest lives on.</summary>
/// <param name="file">The path.</param>
/// <param name="what">In words.</param>
/// <param name="offset">Where in the file, as far as that is known.</param>
internal sealed class SegmentCorruptException(string file, string what, long offset = 0)
    : IOException($"{file} is corrupt: {what}")
{
    public string File { get; } = file;

    public string What { get; } = what;

    public long Offset { get; } = offset;
}
