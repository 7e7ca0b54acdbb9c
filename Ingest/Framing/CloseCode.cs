namespace Slungd.Ingest.Framing;

/// <summary>Why a connection is closed (RFC 6455, section 7.4.1, and the IANA registry).</summary>
internal enum CloseCode : ushort
{
    /// <summary>No status in the frame; never on the wire.</summary>
    None = 0,
    Normal = 1000,
    GoingAway = 1001,
    ProtocolError = 1002,
    UnsupportedData = 1003,
    InvalidPayload = 1007,
    PolicyViolation = 1008,
    MessageTooBig = 1009,
    InternalError = 1011,
    ServiceRestart = 1012,
    TryAgainLater = 1013,
    BadGateway = 1014,
}

internal static class CloseCodes
{
    /// <summary>True for a code that a peer may send: defined and not reserved for local use (1004, 1005, 1006, 1015),
    /// or from the ranges of libraries and applications.</summary>
    public static bool MayBeSent(int code) =>
        code is >= 1000 and <= 1003 or >= 1007 and <= 1014 or >= 3000 and <= 4999;
}
