using System.IO;

namespace Slungd.Engine.Segments;

/// <summary>A segment's bytes are not what was written: the segment goes into quarantine, the rest lives on.</summary>
internal sealed class SegmentCorruptException(string file, string what) : IOException($"{file} is corrupt: {what}")
{
    public string File { get; } = file;
}
