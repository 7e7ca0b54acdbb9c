namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>How a value is written.</summary>
internal enum OtlpFieldKind : byte
{
    Message,
    Text,
    /// <summary>Bytes, in JSON as base64.</summary>
    Base64,
    /// <summary>Bytes, in JSON in hex: ids.</summary>
    Hex,
    /// <summary>64 bits: times, counts, whole values.</summary>
    Fixed,
    /// <summary>A varint; numbers of enumerations, too.</summary>
    Integer,
    /// <summary>A varint in zigzag.</summary>
    Signed,
    Double,
    /// <summary>A bool.</summary>
    Flag,
}
