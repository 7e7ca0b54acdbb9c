using System;

namespace Slungd.Workflows.Abi;

/// <summary>The tags of a written event: separated by commas, each trimmed, empty ones skipped. The last
/// `series=NAME` with a name is no tag but the series.</summary>
internal ref struct EventTags(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;
    private bool _isDone;

    /// <summary>The tag after <see cref="MoveNext"/>.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>The series' name, `temp` unless a token names another.</summary>
    public static ReadOnlySpan<byte> SeriesOf(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> series = "temp"u8;
        EventTags tokens = new(text);
        while (tokens.MoveToken())
            if (NamesSeries(tokens.Current)) series = tokens.Current["series=".Length..];
        return series;
    }

    /// <summary>The next tag.</summary>
    public bool MoveNext()
    {
        while (MoveToken())
            if (!NamesSeries(Current)) return true;
        return false;
    }

    private static bool NamesSeries(ReadOnlySpan<byte> token) =>
        token.Length > "series=".Length && token.StartsWith("series="u8);

    private bool MoveToken()
    {
        while (!_isDone)
        {
            int comma = _rest.IndexOf((byte)',');
            Current = (comma < 0 ? _rest : _rest[..comma]).Trim(" \t\r\n"u8);
            _isDone = comma < 0;
            if (comma >= 0) _rest = _rest[(comma + 1)..];
            if (!Current.IsEmpty) return true;
        }
        return false;
    }
}
