using System;

namespace Slungd.Ingest.Protocols;

/// <summary>One connection's messages on their way from bytes to the sink. A message is fed as it arrives, so that a
/// large one needs no buffer of its size: what <see cref="Decode"/> leaves over is shown again with more behind it.
/// Nothing here knows sockets; one thread at a time.</summary>
internal abstract class MessageDecoder
{
    /// <summary>How many events, blocks and definitions of this connection could not be read.</summary>
    public long Malformed { get; protected set; }

    /// <summary>Takes as many whole units as <paramref name="payload"/> holds.</summary>
    /// <param name="payload">The message from its start, or from where the last call stopped.</param>
    /// <param name="final">The message ends here: everything is taken.</param>
    /// <returns>How many bytes were taken.</returns>
    public abstract int Decode(ReadOnlySpan<byte> payload, bool final);

    /// <summary>Before the message has so many bytes left over (or ends), Decode can't take anything more.</summary>
    public abstract int Needed { get; }

    /// <summary>Hands decoded points to the sink. Called when all that one receive brought was decoded.</summary>
    public abstract void Flush();
}
