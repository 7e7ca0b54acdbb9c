using System;
using System.Buffers;

namespace Slungd.Ingest.Framing;

/// <summary>The value of a Host field: `name [ ":" port ]`, an IPv6 address in brackets (RFC 9110, section 7.2;
/// RFC 3986, section 3.2).</summary>
internal static class HostField
{
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create(
        "!$%&'()*+,-.0123456789;=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"u8);

    private static readonly SearchValues<byte> AddressBytes = SearchValues.Create("0123456789ABCDEFabcdef:."u8);

    /// <summary>An empty one is: that of a target without a host. A name is not looked at more closely.</summary>
    public static bool IsValid(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return true;
        int end;
        if (value[0] == '[')
        {
            end = value.IndexOf((byte)']') + 1;
            if (end < "[::]".Length || value[1..(end - 1)].ContainsAnyExcept(AddressBytes)) return false;
        }
        else
        {
            end = value.IndexOf((byte)':');
            if (end < 0) end = value.Length;
            if (end == 0 || value[..end].ContainsAnyExcept(NameBytes)) return false;
        }
        ReadOnlySpan<byte> port = value[end..];
        return port.IsEmpty
            || port.Length > 1 && port[0] == ':' && !port[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }
}
