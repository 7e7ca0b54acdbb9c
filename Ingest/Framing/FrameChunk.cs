namespace Slungd.Ingest.Framing;

/// <summary>What <see cref="FrameReader.Read"/> found.</summary>
internal enum FrameStatus : byte
{
    /// <summary>The input ends before a header or a control frame does.</summary>
    NeedMore,
    /// <summary>Payload of a text or binary message: all that the input holds of one frame, maybe nothing.</summary>
    Data,
    /// <summary>A whole close, ping or pong frame.</summary>
    Control,
    /// <summary>The peer broke the protocol: close with <see cref="FrameReader.Violation"/>.</summary>
    Violation,
}

/// <summary>A stretch of unmasked payload in the input.</summary>
internal struct FrameChunk
{
    public int Start;
    public int Length;
    /// <summary>Of the message: Text or Binary, also in its continuation frames; or the control frame's.</summary>
    public Opcode Opcode;
    /// <summary>The message ends with this chunk.</summary>
    public bool Final;
}
