using System.IO;

namespace Slungd.Engine.Segments;

/// <summary>A healthy segment of a newer format: this program must not touch it.</summary>
internal sealed class SegmentVersionException(string file, int version, int known)
    : IOException($"{file} has format version {version}; this program knows up to {known}: use a newer one");
