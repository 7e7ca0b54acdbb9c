using System;

namespace Slungd.Ingest.Framing;

/// <summary>What port 2077 reads of a request head. The spans lie in the parser's input.</summary>
internal ref struct HttpHead
{
    public HttpMethod Method;
    /// <summary>Without the query; `/` for an absolute target without a path.</summary>
    public ReadOnlySpan<byte> Path;
    /// <summary>Behind the `?`, as it was sent; empty without one. May hold a token: never shown.</summary>
    public ReadOnlySpan<byte> Query;
    /// <summary>1 for HTTP/1.1, 0 for HTTP/1.0.</summary>
    public int MinorVersion;
    /// <summary>The authority of an absolute target, else the Host header; may be empty.</summary>
    public ReadOnlySpan<byte> Host;
    public bool HasHost;
    public ReadOnlySpan<byte> Origin;
    public bool HasOrigin;
    /// <summary>`Upgrade` lists websocket.</summary>
    public bool UpgradeIsWebSocket;
    /// <summary>`Connection` lists upgrade.</summary>
    public bool ConnectionIsUpgrade;
    public bool ConnectionIsClose;
    public bool ConnectionIsKeepAlive;
    /// <summary>Empty when absent.</summary>
    public ReadOnlySpan<byte> WebSocketVersion;
    /// <summary>Empty when absent or given twice.</summary>
    public ReadOnlySpan<byte> WebSocketKey;
    /// <summary>`Sec-WebSocket-Protocol` lists the wanted protocol.</summary>
    public bool OffersProtocol;
    /// <summary>Empty when absent; given twice it is malformed.</summary>
    public ReadOnlySpan<byte> Authorization;
    public bool HasAuthorization;
    /// <summary>The first `slung.token.*` of `Sec-WebSocket-Protocol`; empty without one.</summary>
    public ReadOnlySpan<byte> TokenProtocol;
    /// <summary>A body follows the head.</summary>
    public bool HasBody;

    /// <summary>The client wants more requests on this connection (RFC 9112, section 9.3).</summary>
    public readonly bool KeepsAlive => !ConnectionIsClose && (MinorVersion >= 1 || ConnectionIsKeepAlive);

    /// <summary>The request asks for a WebSocket, whatever its version and key are.</summary>
    public readonly bool AsksForWebSocket =>
        Method == HttpMethod.Get && MinorVersion >= 1 && UpgradeIsWebSocket && ConnectionIsUpgrade;
}
