namespace Slungd.Engine.Wal;

/// <summary>The numbers of the log's format; docs/formats/wal.md draws it.</summary>
internal static class LogFormat
{
    public const ushort Version = 1;

    /// <summary>In front of the first frame of every file.</summary>
    public const int HeaderSize = 64;

    /// <summary>The longest body of a frame. Ordinary ones are far smaller; a name with its tags may have as many bytes
    /// as the largest message.</summary>
    public const int MaxBodyBytes = 1 << 30;

    /// <summary>A frame is written once its body has this many bytes, so that a damaged one costs little.</summary>
    public const int FrameBytes = 256 * 1024;

    /// <summary>Points of one series in a block.</summary>
    public const int MaxBlockPoints = 8192;

    /// <summary>Never more than this is written without a sync. So what a power cut left behind, in whatever order,
    /// lies within as many bytes behind the last frame: further on a reader need not look.</summary>
    public const long MaxUnsyncedBytes = 16L << 20;

    /// <summary>Within such a piece a write is whole or not there at all when the process dies, since the system copies
    /// page by page into its cache. (A power cut may tear it at any sector.)</summary>
    public const int PageBytes = 4096;

    /// <summary>`u8 flags` at the start of a body.</summary>
    public const byte SyncedFlag = 1, DefinitionsFlag = 2, MarksFlag = 4;

    /// <summary>The first byte of a block.</summary>
    public const byte PaddingBlock = 0, NumbersBlock = 1, PayloadBlock = 2;
}
