using System;
using System.Buffers.Text;
using System.Text;

namespace Slungd.Ingest.Security;

/// <summary>Where clients put a token: `Authorization: Bearer T`, InfluxDB's `Token T` (or `Token user:T`), a Basic
/// password, the `p` parameter of InfluxDB 1.x, and for browsers' WebSockets, which can set no header, a subprotocol
/// `slung.token.B`, B being the token in base64url.</summary>
internal static class ShownToken
{
    /// <summary>The token of an Authorization header (RFC 9110, section 11.6.2); null when there is none.</summary>
    public static string? FromAuthorization(ReadOnlySpan<char> value)
    {
        value = value.Trim();
        int space = value.IndexOf(' ');
        if (space < 0) return null;
        ReadOnlySpan<char> scheme = value[..space], rest = value[(space + 1)..].Trim();
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return rest.ToString();
        if (scheme.Equals("Token", StringComparison.OrdinalIgnoreCase))
            return rest[(rest.IndexOf(':') + 1)..].ToString();
        if (!scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return null;
        byte[] decoded = new byte[rest.Length];
        if (!Convert.TryFromBase64Chars(rest, decoded, out int length)) return null;
        int colon = decoded.AsSpan(0, length).IndexOf((byte)':');
        return colon < 0 ? null : Encoding.UTF8.GetString(decoded.AsSpan(colon + 1, length - colon - 1));
    }

    /// <summary>The first parameter `p` (in any letter case) of a query that is not decoded yet; null without
    /// one.</summary>
    public static string? FromQuery(ReadOnlySpan<byte> query)
    {
        foreach (Range range in query.Split((byte)'&'))
        {
            ReadOnlySpan<byte> pair = query[range];
            int equals = pair.IndexOf((byte)'=');
            if (equals is not (1 or 3)) continue; // `p`, or `%70`
            if (Decode(pair[..equals]).Equals("p", StringComparison.OrdinalIgnoreCase))
                return Decode(pair[(equals + 1)..]);
        }
        return null;
    }

    private static string Decode(ReadOnlySpan<byte> text) =>
        Uri.UnescapeDataString(Encoding.Latin1.GetString(text).Replace('+', ' '));

    /// <summary>The token of a subprotocol; null when it is not one.</summary>
    public static string? FromSubprotocol(ReadOnlySpan<byte> protocol)
    {
        ReadOnlySpan<byte> prefix = "slung.token."u8;
        if (!protocol.StartsWith(prefix)) return null;
        ReadOnlySpan<byte> coded = protocol[prefix.Length..];
        if (!Base64Url.IsValid(coded)) return null;
        return Encoding.UTF8.GetString(Base64Url.DecodeFromUtf8(coded));
    }
}
