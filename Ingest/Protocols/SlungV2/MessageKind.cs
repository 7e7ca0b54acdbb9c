namespace Slungd.Ingest.Protocols.SlungV2;

/// <summary>The first byte of a binary message from client to server (design, section 4.2).</summary>
internal enum MessageKind : byte
{
    Rows = 0x01,
    Define = 0x02,
    Columns = 0x03,
}
