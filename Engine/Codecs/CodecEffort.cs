namespace Slungd.Engine.Codecs;

/// <summary>How hard an encoder tries. It guides writing only: every page says itself how it is laid out.</summary>
internal enum CodecEffort : byte
{
    /// <summary>Bit packing at fixed widths: a few nanoseconds a number to write, a fraction of one to read. For the
    /// log and for flushes.</summary>
    Fast,

    /// <summary>Also entropy coding where it saves a thirty-second: some tens of nanoseconds a number to write, about
    /// one to read. For compaction.</summary>
    Strong,
}
