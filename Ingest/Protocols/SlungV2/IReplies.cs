using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.SlungV2;

/// <summary>Where the decoder's complaints go: the connection frames and sends them.</summary>
internal interface IReplies
{
    /// <summary>An ERROR (0x82) about <paramref name="count"/> points from <paramref name="first"/>; count 0 when it is
    /// about no point.</summary>
    void Error(ulong first, uint count, RefusalCode code, ReadOnlySpan<byte> text);
}
