using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slungd.Ingest.Hosting.Options;

/// <summary>Addresses: `127.0.0.1:2077`, `[::1]:2077`, `localhost:2077`, `name:2077`.</summary>
internal static class ListenAddress
{
    public const string Expected = "an address such as 127.0.0.1:2077 or [::1]:2077";

    private const string UnixPrefix = "unix:";
    private const string ExpectedPath = "unix: and a path of at most 107 bytes";

    /// <summary>A host name is looked up here, once. Null when it fits, else what was expected.</summary>
    public static string? TryParse(string text, out IPEndPoint? address)
    {
        address = null;
        int colon = text.LastIndexOf(':');
        if (colon <= 0) return Expected;
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return Expected + " (the port is 0 to 65535)";

        string host = text[..colon];
        bool bracketed = host[0] == '[' && host[^1] == ']';
        if (bracketed) host = host[1..^1];
        IPAddress? ip;
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) ip = IPAddress.Loopback;
        else if (IPAddress.TryParse(host, out ip))
        {
            bool isV6 = ip.AddressFamily == AddressFamily.InterNetworkV6;
            if (isV6 != bracketed) return isV6 ? Expected + " (IPv6 needs brackets)" : Expected;
            if (!isV6 && !IsDottedQuad(host)) return Expected;
        }
        else if (bracketed || host.Contains(':') || !TryLookUp(host, out ip))
            return Expected + ", or a host name that can be resolved";
        address = new IPEndPoint(ip!, port);
        return null;
    }

    /// <summary>Also takes `unix:PATH`, the file of a Unix socket.</summary>
    public static string? TryParseAny(string text, out EndPoint? address)
    {
        address = null;
        if (!text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            string? expected = TryParse(text, out IPEndPoint? point);
            address = point;
            return expected is null ? null : expected + ", or " + ExpectedPath;
        }
        if (text.Length == UnixPrefix.Length) return ExpectedPath;
        if (PathText.Expected(text) is { } path) return UnixPrefix + " and " + path;
        try { address = new UnixDomainSocketEndPoint(text[UnixPrefix.Length..]); }
        catch (ArgumentOutOfRangeException) // longer than the system allows
        {
            return ExpectedPath;
        }
        return null;
    }

    /// <summary>True when only this machine can reach it.</summary>
    public static bool IsLoopback(IPEndPoint address)
    {
        IPAddress ip = address.Address;
        return IPAddress.IsLoopback(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip);
    }

    /// <summary>IPAddress takes `1` and `0x7f.1` too; nobody means those.</summary>
    private static bool IsDottedQuad(string host) => host.AsSpan().Count('.') == 3
        && host.AsSpan().IndexOfAnyExceptInRange('.', '9') < 0 && !host.Contains('/');

    private static bool TryLookUp(string host, out IPAddress? ip)
    {
        ip = null;
        try
        {
            IPAddress[] found = Dns.GetHostAddresses(host);
            ip = Array.Find(found, static one => one.AddressFamily == AddressFamily.InterNetwork);
            if (ip is null && found.Length > 0) ip = found[0];
        }
        catch (SocketException) { return false; } // an unknown name is the caller's mistake, told as such
        catch (ArgumentException) { return false; } // longer than a name can be
        return ip is not null;
    }
}
