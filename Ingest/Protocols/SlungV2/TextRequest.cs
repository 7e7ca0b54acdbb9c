namespace Slungd.Ingest.Protocols.SlungV2;

internal enum TextRequestKind : byte
{
    /// <summary>The message is not a request: see <see cref="TextRequest.Error"/>.</summary>
    Invalid,
    Query,
    Subscribe,
    Unsubscribe,
}

/// <summary>A text message from client to server (design, section 4.2).</summary>
internal sealed class TextRequest
{
    /// <summary>The client's name for the request; null when it could not be read.</summary>
    public long? Id;
    public TextRequestKind Kind;
    /// <summary>The text in the query language.</summary>
    public string Query = "";
    /// <summary>RAW: points per answer.</summary>
    public int? Limit;
    /// <summary>RAW: the `next` of the answer before.</summary>
    public string? Next;
    /// <summary>Invalid: what was expected.</summary>
    public string? Error;
    /// <summary>Invalid: at which byte of the message.</summary>
    public long ErrorAt;
}
