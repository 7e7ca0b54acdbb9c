namespace Slungd.Ingest.Framing;

/// <summary>As far as port 2077 tells them apart; methods are case-sensitive (RFC 9110, section 9.1).</summary>
internal enum HttpMethod : byte
{
    Other,
    Get,
    Head,
    Post,
}
