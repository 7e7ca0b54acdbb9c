using System;

namespace Slungd.Engine.Codecs;

/// <summary>Working memory of the encoders, one per thread and made once: about 80 KB. Decoders need none.</summary>
internal sealed class CodecScratch
{
    [ThreadStatic]
    private static CodecScratch? t_scratch;

    public static CodecScratch OfThread => t_scratch ??= new CodecScratch();

    /// <summary>Integers made of a page's values.</summary>
    public readonly long[] Integers = new long[TimestampCodec.MaxCount];

    /// <summary>Indexes of values that are no decimals.</summary>
    public readonly ushort[] Misses = new ushort[TimestampCodec.MaxCount];
}
