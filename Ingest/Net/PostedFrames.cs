using Slungd.Native.Memory;

namespace Slungd.Ingest.Net;

/// <summary>Whole frames in a block of their own, made by another thread than the connection's loop.</summary>
internal readonly record struct PostedFrames(NativeBlock Block, int Start, int End)
{
    public int Length => End - Start;
}
