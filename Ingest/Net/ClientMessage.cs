namespace Slungd.Ingest.Net;

/// <summary>What <see cref="WebSocketClient.TryReceive"/> got; the bytes are in
/// <see cref="WebSocketClient.Payload"/>.</summary>
internal enum ClientMessage : byte
{
    /// <summary>Nothing came in time.</summary>
    None,
    Text,
    Binary,
    Pong,
    /// <summary>The server's Close; its code is <see cref="WebSocketClient.CloseCode"/>. It has been
    /// answered.</summary>
    Close,
    /// <summary>The connection ended without a Close.</summary>
    End,
}
