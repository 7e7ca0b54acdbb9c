using System;
using System.Globalization;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

internal ref partial struct DslParser
{
    private const string ExpectedTime = "expected a time: now, an integer, a duration or an RFC 3339 time";

    private readonly Int128 UnitNanoseconds => 1_000_000_000 / _precision.PerSecond();

    /// <summary>Reads `ws "[" time "," time "]" ws` or `ws "[" duration "]" ws`.</summary>
    private bool ParseRange(out QueryRange? range)
    {
        range = null;
        SkipSpace();
        if (!Expect('[', "expected '[' and a range")) return false;
        if (!ReadPart(out ReadOnlySpan<char> first, out int firstAt)) return false;
        TimePoint a, b = TimePoint.Now;
        if (Take(','))
        {
            if (!ParseTime(first, firstAt, out a)) return false;
            if (!ReadPart(out ReadOnlySpan<char> second, out int secondAt)) return false;
            if (!ParseTime(second, secondAt, out b)) return false;
        }
        else if (!ParseDuration(first, firstAt, out a))
        {
            return false;
        }
        if (!Expect(']', "expected ']' after the range")) return false;
        range = new QueryRange(a, b, _precision);
        SkipSpace();
        return true;
    }

    /// <summary>Reads `ws "[" duration "]" ws`.</summary>
    private bool ParseWindow(QueryOp op, out long window)
    {
        window = 0;
        SkipSpace();
        int start = _at;
        if (op == QueryOp.Raw) return Fail("expected the end: RAW has no windows", start);
        if (!Expect('[', "expected '[' and a window")) return false;
        if (!ReadPart(out ReadOnlySpan<char> part, out int at)) return false;
        if (!ParseDuration(part, at, out TimePoint length)) return false;
        if (!QueryRange.Fits(length, _precision))
            return Fail($"expected a duration that fits 64 bits of {_precision.ToText()}", at);
        if (length.Nanoseconds == 0) return Fail("expected a window longer than 0", at);
        if (length.Nanoseconds % UnitNanoseconds != 0)
            return Fail($"expected a whole number of {_precision.ToText()}, the store's precision", at);
        if (!Expect(']', "expected ']' after the window")) return false;
        window = (long)(length.Nanoseconds / UnitNanoseconds);
        SkipSpace();
        return true;
    }

    /// <summary>Takes the trimmed text up to the next comma or closing bracket.</summary>
    private bool ReadPart(out ReadOnlySpan<char> part, out int start)
    {
        SkipSpace();
        start = _at;
        int length = _text[_at..].IndexOfAny(',', ']');
        if (length < 0)
        {
            part = default;
            return Fail("expected ']'", _text.Length);
        }
        _at += length;
        part = _text.Slice(start, length).TrimEnd(" \t\r\n");
        return true;
    }

    private bool ParseTime(ReadOnlySpan<char> text, int at, out TimePoint point)
    {
        point = TimePoint.Now;
        if (text.Equals("now", StringComparison.OrdinalIgnoreCase)) return true;
        if (text.IsEmpty || !(char.IsAsciiDigit(text[0]) || text[0] is '+' or '-')) return Fail(ExpectedTime, at);
        if (Rfc3339.LooksLike(text))
        {
            if (!Rfc3339.TryParse(text, out Int128 time))
                return Fail("expected an RFC 3339 time such as 2024-01-31T13:00:00Z", at);
            point = new TimePoint(false, time);
            return QueryRange.Fits(point, _precision)
                || Fail($"expected a time that fits 64 bits of {_precision.ToText()}", at);
        }
        if (char.IsAsciiDigit(text[^1]) || !char.IsAsciiDigit(text[0])) return ParseInteger(text, at, out point);
        return ParseDuration(text, at, out point);
    }

    /// <summary>Reads an i64 in store precision: a sign is allowed, and `_` between digits as in the
    /// original.</summary>
    private bool ParseInteger(ReadOnlySpan<char> text, int at, out TimePoint point)
    {
        point = default;
        int sign = text[0] == '-' ? -1 : 1;
        int i = char.IsAsciiDigit(text[0]) ? 0 : 1;
        if (i == text.Length || text[i] == '_') return Fail("expected digits", at + i);
        Int128 units = 0;
        for (; i < text.Length; i++)
        {
            if (text[i] == '_' && char.IsAsciiDigit(text[^1])) continue;
            if (!char.IsAsciiDigit(text[i])) return Fail("expected a digit", at + i);
            units = units * 10 + sign * (text[i] - '0');
            if (units < long.MinValue || units > long.MaxValue)
                return Fail("expected an integer that fits 64 bits", at);
        }
        point = new TimePoint(false, units * UnitNanoseconds);
        return true;
    }

    private bool ParseDuration(ReadOnlySpan<char> text, int at, out TimePoint point)
    {
        point = default;
        if (!DurationText.TryParse(text, out Int128 nanoseconds, out QueryParseError error))
            return Fail(error.Message, at + error.At);
        point = new TimePoint(true, nanoseconds);
        return true;
    }
}
