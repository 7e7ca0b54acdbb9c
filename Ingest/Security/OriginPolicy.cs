using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Ingest.Framing;

namespace Slungd.Ingest.Security;

/// <summary>What the Host and Origin of a request allow.</summary>
internal enum OriginVerdict : byte
{
    Allowed,
    /// <summary>The page that made the request is not one of ours: answer 403 and name `--allow-origin`.</summary>
    OriginRefused,
    /// <summary>A loopback listener was called by a foreign name (DNS rebinding): answer 403 and name
    /// `--allow-host`.</summary>
    HostRefused,
}

/// <summary>Keeps foreign web pages out, on both ports (design, section 4). A browser sends `Origin` with every
/// WebSocket upgrade and every cross-site request (RFC 6454, section 7; RFC 6455, section 10.2): it must be the
/// request's own host or be allowed. A page of a name that was rebound to 127.0.0.1 is its own host, so on a loopback
/// listener the host must be a loopback name too. Pure and immutable: any thread.</summary>
internal sealed class OriginPolicy
{
    private readonly string[] _allowedOrigins;
    private readonly string[] _allowedHosts;
    private readonly bool _anyOrigin;
    private readonly bool _anyHost;

    /// <param name="allowedOrigins">`--allow-origin`: origins such as `https://example.org`, `null`, or `*` for
    /// all.</param>
    /// <param name="allowedHosts">`--allow-host`: names with or without a port, or `*` for all.</param>
    public OriginPolicy(IReadOnlyList<string> allowedOrigins, IReadOnlyList<string> allowedHosts)
    {
        _allowedOrigins = Normalize(allowedOrigins);
        _allowedHosts = Normalize(allowedHosts);
        _anyOrigin = Array.IndexOf(_allowedOrigins, "*") >= 0;
        _anyHost = Array.IndexOf(_allowedHosts, "*") >= 0;
    }

    /// <summary>A value of `--allow-origin` that the Origin of some page may be (RFC 6454, section 6.2).</summary>
    public static bool IsOrigin(ReadOnlySpan<char> text)
    {
        text = TrimSlash(text.Trim());
        if (text is "*" or "null") return true;
        int scheme = text.IndexOf("://");
        if (scheme <= 0 || !char.IsAsciiLetter(text[0])) return false;
        foreach (char c in text[..scheme])
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.')) return false;
        text = text[(scheme + "://".Length)..];
        return !text.Contains('*') && IsHost(text);
    }

    /// <summary>A value of `--allow-host` that a Host may be.</summary>
    public static bool IsHost(ReadOnlySpan<char> text)
    {
        text = TrimSlash(text.Trim());
        return !text.IsEmpty && HostField.IsValid(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The body of the 403 answer; null when the request is allowed.</summary>
    public static string? Explain(OriginVerdict verdict) => verdict switch
    {
        OriginVerdict.OriginRefused =>
            """{"status":"error","info":"this Origin is not allowed; start slungd with --allow-origin to allow it"}""",
        OriginVerdict.HostRefused =>
            """{"status":"error","info":"this Host is not allowed here; start slungd with --allow-host to allow it"}""",
        _ => null,
    };

    /// <param name="host">The `Host` header, null when there was none (HTTP/1.0).</param>
    /// <param name="origin">The `Origin` header, null when there was none (not a browser).</param>
    /// <param name="loopbackListener">The connection came in on a loopback address.</param>
    public OriginVerdict Check(string? host, string? origin, bool loopbackListener)
    {
        ReadOnlySpan<char> hostText = host.AsSpan().Trim();
        if (loopbackListener && host is not null && !IsLoopbackName(NameOf(hostText)) && !IsAllowedHost(hostText))
            return OriginVerdict.HostRefused;
        if (origin is null || _anyOrigin) return OriginVerdict.Allowed;
        ReadOnlySpan<char> originText = TrimSlash(origin.AsSpan().Trim());
        if (host is not null && IsOwnHost(originText, hostText)) return OriginVerdict.Allowed;
        foreach (string allowed in _allowedOrigins)
        {
            if (originText.Equals(allowed, StringComparison.OrdinalIgnoreCase)) return OriginVerdict.Allowed;
        }
        return OriginVerdict.OriginRefused;
    }

    private static string[] Normalize(IReadOnlyList<string> texts)
    {
        var result = new string[texts.Count];
        for (int i = 0; i < result.Length; i++) result[i] = TrimPort(TrimSlash(texts[i].AsSpan().Trim())).ToString();
        return result;
    }

    /// <summary>Without its scheme's port, which browsers leave out.</summary>
    private static ReadOnlySpan<char> TrimPort(ReadOnlySpan<char> origin) =>
        origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase) && origin.EndsWith(":443") ? origin[..^4]
        : origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && origin.EndsWith(":80") ? origin[..^3]
        : origin;

    private static ReadOnlySpan<char> TrimSlash(ReadOnlySpan<char> text) => text.EndsWith("/") ? text[..^1] : text;

    private static bool IsLoopbackName(ReadOnlySpan<char> name) =>
        name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name is "127.0.0.1" or "[::1]";

    private bool IsAllowedHost(ReadOnlySpan<char> host)
    {
        if (_anyHost) return true;
        ReadOnlySpan<char> name = NameOf(host);
        foreach (string allowed in _allowedHosts)
        {
            if (host.Equals(allowed, StringComparison.OrdinalIgnoreCase)) return true;
            if (name.Equals(allowed, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    /// <summary>`scheme://authority` against a Host header: same name and same port, a missing port being the
    /// scheme's.</summary>
    private static bool IsOwnHost(ReadOnlySpan<char> origin, ReadOnlySpan<char> host)
    {
        int defaultPort = 80;
        if (origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) origin = origin["http://".Length..];
        else if (origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            origin = origin["https://".Length..];
            defaultPort = 443;
        }
        else return false;
        return TryReadAuthority(origin, defaultPort, out ReadOnlySpan<char> originName, out int originPort)
            && TryReadAuthority(host, defaultPort, out ReadOnlySpan<char> hostName, out int hostPort)
            && originPort == hostPort
            && originName.Equals(hostName, StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryReadAuthority(ReadOnlySpan<char> text, int defaultPort, out ReadOnlySpan<char> name,
        out int port)
    {
        name = NameOf(text);
        port = defaultPort;
        if (name.IsEmpty) return false;
        ReadOnlySpan<char> rest = text[name.Length..];
        if (rest.IsEmpty) return true;
        return ushort.TryParse(rest[1..], System.Globalization.NumberStyles.None, null, out ushort parsed)
            && (port = parsed) >= 0;
    }

    /// <summary>The host without its port; an IPv6 address keeps its brackets (RFC 3986, section 3.2.2).</summary>
    private static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> host)
    {
        int from = host.StartsWith("[") ? host.IndexOf(']') : 0;
        if (from < 0) return host;
        int colon = host[from..].IndexOf(':');
        return colon < 0 ? host : host[..(from + colon)];
    }
}
