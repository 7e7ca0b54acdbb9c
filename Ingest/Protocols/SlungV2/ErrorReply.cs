using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.SlungV2;

/// <summary>An ERROR message as a client reads it.</summary>
internal ref struct ErrorReply
{
    /// <summary>The number of the first point it is about, or of the next one when Count is 0.</summary>
    public ulong First;
    public uint Count;
    public RefusalCode Code;
    /// <summary>UTF-8, for people.</summary>
    public ReadOnlySpan<byte> Text;
}
