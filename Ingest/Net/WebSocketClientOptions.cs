using System;

namespace Slungd.Ingest.Net;

internal sealed record WebSocketClientOptions
{
    /// <summary>Offered to the server, null for the original protocol.</summary>
    public string? Subprotocol { get; init; } = "slung.v2";

    /// <summary>Sent as `Origin`, as a browser does; null for none.</summary>
    public string? Origin { get; init; }

    /// <summary>Sent as `Host`; null for the address that is connected to.</summary>
    public string? Host { get; init; }

    /// <summary>Sent as `Authorization: Bearer`; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Null: in clear.</summary>
    public ClientTls? Tls { get; init; }

    /// <summary>For connecting, the handshake, and a send that makes no progress.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Larger messages end the connection (1009).</summary>
    public int MaxMessageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Frames waiting to be sent are sent together when so many bytes have gathered.</summary>
    public int SendBufferBytes { get; init; } = 64 * 1024;
}
