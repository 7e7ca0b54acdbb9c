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
    /// <summary>64 bits without a sign: times, counts.</summary>
    Fixed,
    /// <summary>64 bits with a sign: whole values.</summary>
    SignedFixed,
    /// <summary>A varint without a sign; numbers of enumerations, too.</summary>
    Integer,
    /// <summary>A varint of 64 bits with a sign.</summary>
    SignedInteger,
    /// <summary>A varint in zigzag, of 32 bits.</summary>
    ZigZag,
    Double,
    /// <summary>A bool.</summary>
    Flag,
}
