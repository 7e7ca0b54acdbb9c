namespace Slungd.Ingest.Framing;

/// <summary>What a frame carries (RFC 6455, section 11.8). Values with bit 3 are control frames.</summary>
internal enum Opcode : byte
{
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}
