using System;
using System.Buffers;
using System.Text;

namespace Slungd.Ingest.Framing;

internal enum HeadStatus : byte
{
    /// <summary>The empty line that ends the head is not there yet.</summary>
    Incomplete,
    Complete,
    /// <summary>Not a request head of HTTP/1: answer 400.</summary>
    Malformed,
}

/// <summary>Reads request heads of HTTP/1.0 and 1.1 (RFC 9112, sections 2 to 3 and 5): as tolerant as it asks servers
/// to be (empty lines before the request, LF without CR, absolute targets, header names in any case), and otherwise
/// strict: what could be read in two ways is malformed. Pure; the caller limits the size.</summary>
internal static class HttpHeadParser
{
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Parses the head at the start of <paramref name="input"/>.</summary>
    /// <param name="input">What has arrived so far.</param>
    /// <param name="protocol">The subprotocol to look for.</param>
    /// <param name="scanned">How far the end was sought in vain, to go on there with more input; 0 at first.</param>
    /// <param name="head">Set when complete.</param>
    /// <param name="consumed">The head's length when complete.</param>
    public static HeadStatus Parse(ReadOnlySpan<byte> input, ReadOnlySpan<byte> protocol, scoped ref int scanned,
        out HttpHead head, scoped out int consumed)
    {
        head = default;
        consumed = 0;
        int start = 0;
        while (start < input.Length && input[start] is (byte)'\r' or (byte)'\n') start++;
        if (start == input.Length) return HeadStatus.Incomplete;
        if (!TokenBytes.Contains(input[start])) return HeadStatus.Malformed; // TLS, say: no need to wait for a line
        int end = FindEnd(input, Math.Max(start, scanned));
        if (end < 0)
        {
            scanned = Math.Max(start, input.Length - 3); // the end is at most "\n\r\n" long
            return HeadStatus.Incomplete;
        }
        consumed = end;
        ReadOnlySpan<byte> lines = input[start..end];
        if (!TryTakeLine(ref lines, out ReadOnlySpan<byte> line) || !ReadRequestLine(line, ref head))
            return HeadStatus.Malformed;
        bool absolute = head.HasHost;
        ReadOnlySpan<byte> authority = head.Host;
        head.HasHost = false;
        while (true)
        {
            if (!TryTakeLine(ref lines, out line)) return HeadStatus.Malformed;
            if (line.IsEmpty) break;
            if (!ReadField(line, protocol, ref head)) return HeadStatus.Malformed;
        }
        if (!head.HasHost && head.MinorVersion >= 1) return HeadStatus.Malformed;
        if (absolute)
        {
            head.Host = authority;
            head.HasHost = true;
        }
        return HeadStatus.Complete;
    }

    /// <summary>The index behind the empty line, or -1.</summary>
    private static int FindEnd(ReadOnlySpan<byte> input, int from)
    {
        while (true)
        {
            int newline = input[from..].IndexOf((byte)'\n');
            if (newline < 0) return -1;
            from += newline + 1;
            if (from < input.Length && input[from] == '\n') return from + 1;
            if (from + 1 < input.Length && input[from] == '\r' && input[from + 1] == '\n') return from + 2;
        }
    }

    /// <summary>Takes a line without its end; false when it holds a control character.</summary>
    private static bool TryTakeLine(scoped ref ReadOnlySpan<byte> lines, out ReadOnlySpan<byte> line)
    {
        int newline = lines.IndexOf((byte)'\n');
        line = lines[..newline];
        lines = lines[(newline + 1)..];
        if (line.EndsWith("\r"u8)) line = line[..^1];
        foreach (byte b in line)
        {
            if (b < 0x20 && b != '\t' || b == 0x7F) return false;
        }
        return true;
    }

    /// <summary>`method SP target SP HTTP/1.x`. An absolute target's authority goes to Host, with HasHost
    /// set.</summary>
    private static bool ReadRequestLine(ReadOnlySpan<byte> line, ref HttpHead head)
    {
        int space = line.IndexOf((byte)' ');
        if (space <= 0) return false;
        ReadOnlySpan<byte> method = line[..space];
        if (method.ContainsAnyExcept(TokenBytes)) return false;
        head.Method = method.SequenceEqual("GET"u8) ? HttpMethod.Get
            : method.SequenceEqual("HEAD"u8) ? HttpMethod.Head
            : method.SequenceEqual("POST"u8) ? HttpMethod.Post
            : HttpMethod.Other;
        line = line[(space + 1)..];
        space = line.IndexOf((byte)' ');
        if (space <= 0) return false;
        ReadOnlySpan<byte> version = line[(space + 1)..];
        if (version.Length != 8 || !version.StartsWith("HTTP/1."u8)) return false;
        if (!char.IsAsciiDigit((char)version[7])) return false;
        head.MinorVersion = version[7] - '0';
        return ReadTarget(line[..space], ref head);
    }

    private static bool ReadTarget(ReadOnlySpan<byte> target, ref HttpHead head)
    {
        if (target.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E)) return false;
        int fragment = target.IndexOf((byte)'#');
        if (fragment >= 0) return false;
        int query = target.IndexOf((byte)'?');
        if (query >= 0)
        {
            head.Query = target[(query + 1)..];
            target = target[..query];
        }
        if (target[..Math.Min(1, target.Length)].SequenceEqual("/"u8) || target.SequenceEqual("*"u8))
        {
            head.Path = target;
            return true;
        }
        int scheme = StartsWithIgnoreCase(target, "http://"u8) ? 7 : StartsWithIgnoreCase(target, "https://"u8) ? 8 : 0;
        if (scheme == 0)
        {
            // `CONNECT name:port` is well-formed and nothing we serve.
            head.Path = default;
            return head.Method == HttpMethod.Other;
        }
        ReadOnlySpan<byte> rest = target[scheme..];
        int slash = rest.IndexOf((byte)'/');
        head.Host = slash < 0 ? rest : rest[..slash];
        head.HasHost = true;
        head.Path = slash < 0 ? "/"u8 : rest[slash..];
        return !head.Host.IsEmpty && HostField.IsValid(head.Host);
    }

    /// <summary>`name ":" OWS value OWS`; a folded line or a space before the colon is malformed.</summary>
    private static bool ReadField(ReadOnlySpan<byte> line, ReadOnlySpan<byte> protocol, ref HttpHead head)
    {
        int colon = line.IndexOf((byte)':');
        if (colon <= 0) return false;
        ReadOnlySpan<byte> name = line[..colon];
        if (name.ContainsAnyExcept(TokenBytes)) return false;
        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        return name.Length switch
        {
            4 when Is(name, "host"u8) => HostField.IsValid(value) && SetOnce(value, ref head.Host, ref head.HasHost),
            6 when Is(name, "origin"u8) => SetOnce(value, ref head.Origin, ref head.HasOrigin),
            7 when Is(name, "upgrade"u8) => ReadUpgrade(value, ref head),
            10 when Is(name, "connection"u8) => ReadConnection(value, ref head),
            13 when Is(name, "authorization"u8) =>
                SetOnce(value, ref head.Authorization, ref head.HasAuthorization),
            14 when Is(name, "content-length"u8) => ReadContentLength(value, ref head),
            17 when Is(name, "transfer-encoding"u8) => head.HasBody = true,
            17 when Is(name, "sec-websocket-key"u8) => ReadKey(value, ref head),
            21 when Is(name, "sec-websocket-version"u8) => ReadVersion(value, ref head),
            22 when Is(name, "sec-websocket-protocol"u8) => ReadProtocols(value, protocol, ref head),
            _ => true,
        };
    }

    private static bool SetOnce(ReadOnlySpan<byte> value, ref ReadOnlySpan<byte> field, ref bool has)
    {
        if (has) return false;
        field = value;
        return has = true;
    }

    private static bool ReadUpgrade(ReadOnlySpan<byte> value, ref HttpHead head)
    {
        while (TryTakeItem(ref value, out ReadOnlySpan<byte> item)) head.UpgradeIsWebSocket |= Is(item, "websocket"u8);
        return true;
    }

    private static bool ReadConnection(ReadOnlySpan<byte> value, ref HttpHead head)
    {
        while (TryTakeItem(ref value, out ReadOnlySpan<byte> item))
        {
            head.ConnectionIsUpgrade |= Is(item, "upgrade"u8);
            head.ConnectionIsClose |= Is(item, "close"u8);
            head.ConnectionIsKeepAlive |= Is(item, "keep-alive"u8);
        }
        return true;
    }

    private static bool ReadContentLength(ReadOnlySpan<byte> value, ref HttpHead head)
    {
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        head.HasBody |= value.ContainsAnyExcept((byte)'0');
        return true;
    }

    private static bool ReadKey(ReadOnlySpan<byte> value, ref HttpHead head)
    {
        head.WebSocketKey = head.WebSocketKey.IsEmpty ? value : default;
        return true;
    }

    private static bool ReadVersion(ReadOnlySpan<byte> value, ref HttpHead head)
    {
        head.WebSocketVersion = head.WebSocketVersion.IsEmpty ? value : "twice"u8;
        return true;
    }

    private static bool ReadProtocols(ReadOnlySpan<byte> value, ReadOnlySpan<byte> protocol, ref HttpHead head)
    {
        while (TryTakeItem(ref value, out ReadOnlySpan<byte> item))
        {
            head.OffersProtocol |= item.SequenceEqual(protocol);
            if (head.TokenProtocol.IsEmpty && item.StartsWith("slung.token."u8)) head.TokenProtocol = item;
        }
        return true;
    }

    /// <summary>Takes an element of a comma-separated list (RFC 9110, section 5.6.1).</summary>
    private static bool TryTakeItem(scoped ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> item)
    {
        if (list.IsEmpty)
        {
            item = default;
            return false;
        }
        int comma = list.IndexOf((byte)',');
        item = (comma < 0 ? list : list[..comma]).Trim(" \t"u8);
        list = comma < 0 ? default : list[(comma + 1)..];
        return true;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(text, lower);

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) =>
        text.Length >= lower.Length && Is(text[..lower.Length], lower);
}
