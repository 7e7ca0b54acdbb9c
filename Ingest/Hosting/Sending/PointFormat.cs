using System;
using System.Buffers.Text;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>Turns lines of text into points.</summary>
/// <param name="precision">The unit of timestamps that are given as text or left out.</param>
/// <param name="clock">The time of points without a timestamp.</param>
internal abstract class PointFormat(Precision precision, TimeProvider clock)
{
    /// <summary>Reads one line.</summary>
    /// <param name="line">Without its end; not empty.</param>
    /// <param name="point">Cleared; receives the point.</param>
    /// <returns>Null: the line is a point. Empty: it is none and need not be, such as a header. Else what was
    /// expected.</returns>
    public abstract string? Read(ReadOnlySpan<byte> line, PointBuilder point);

    protected const string ExpectedTimestamp = "expected a timestamp: an integer or a time like 2024-01-31T13:00:00Z";
    protected const string ExpectedValue = "expected a number as value";
    protected const string TooLong = "expected names and tags of at most 65535 bytes";

    protected long Now => precision.Now(clock);

    protected bool TryTimestamp(ReadOnlySpan<byte> text, out long timestamp)
    {
        if (Utf8Parser.TryParse(text, out timestamp, out int used) && used == text.Length) return true;
        Span<char> chars = stackalloc char[64];
        if (text.Length > chars.Length || !Ascii.IsValid(text)) return false;
        int length = Encoding.ASCII.GetChars(text, chars);
        if (!Rfc3339.TryParse(chars[..length], out Int128 nanoseconds)) return false;
        Int128 units = nanoseconds / (1_000_000_000 / precision.PerSecond());
        if (units * (1_000_000_000 / precision.PerSecond()) > nanoseconds) units--; // towards the past, as everywhere
        timestamp = (long)units;
        return units == timestamp;
    }

    /// <summary>A number, true (1), false (0), NaN or an infinity.</summary>
    protected static bool TryValue(ReadOnlySpan<byte> text, out double value)
    {
        if (Utf8Parser.TryParse(text, out value, out int used) && used == text.Length && used > 0) return true;
        value = 1;
        if (Ascii.EqualsIgnoreCase(text, "true"u8)) return true;
        value = 0;
        if (Ascii.EqualsIgnoreCase(text, "false"u8)) return true;
        bool negative = text.StartsWith("-"u8);
        if (negative || text.StartsWith("+"u8)) text = text[1..];
        value = negative ? double.NegativeInfinity : double.PositiveInfinity;
        return Ascii.EqualsIgnoreCase(text, "inf"u8) || Ascii.EqualsIgnoreCase(text, "infinity"u8);
    }
}
