using System;
using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.Influx;

/// <summary>Values and timestamps.</summary>
internal sealed partial class LineProtocolDecoder
{
    private static readonly SearchValues<byte> s_endOfValue = SearchValues.Create(", \r\n"u8);

    /// <summary>Reads a value.</summary>
    /// <returns>None when it can't be read.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ValueFamily ReadValue(ReadOnlySpan<byte> text, ref int at, out ulong bits)
    {
        int i = at;
        bool isNegative = i < text.Length && text[i] == '-';
        if (isNegative) i++;
        int start = i;
        ulong digits = TakeDigits(text, ref i, 0);
        int count = i - start, fraction = 0;
        if (i < text.Length && text[i] == '.')
        {
            int point = ++i;
            digits = TakeDigits(text, ref i, digits);
            fraction = i - point;
            count += fraction;
        }
        if (count is > 0 and <= DecimalDouble.MaxDigits && IsEndOfValue(text, i))
        {
            at = i;
            bits = DecimalDouble.Bits(digits, -fraction) | (isNegative ? 1UL << 63 : 0);
            return ValueFamily.Float;
        }
        return ReadOther(text, ref at, out bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong TakeDigits(ReadOnlySpan<byte> text, ref int at, ulong digits)
    {
        int i = at;
        for (; i < text.Length; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit > 9) break;
            digits = digits * 10 + digit; // who has more than 19 of them does not use it
        }
        at = i;
        return digits;
    }

    private static bool IsEndOfValue(ReadOnlySpan<byte> text, int at) =>
        at == text.Length || text[at] is (byte)',' or (byte)' ' or (byte)'\n' or (byte)'\r';

    /// <summary>Reads what is no plain decimal number.</summary>
    private ValueFamily ReadOther(ReadOnlySpan<byte> text, ref int at, out ulong bits)
    {
        bits = 0;
        if (at < text.Length && text[at] == '"') return ReadText(text, ref at, out bits);
        int end = text[at..].IndexOfAny(s_endOfValue);
        ReadOnlySpan<byte> value = end < 0 ? text[at..] : text.Slice(at, end);
        ValueFamily family = ValueFamily.None;
        if (value.IsEmpty) Fail("missing field value");
        else if (value[0] is >= (byte)'0' and <= (byte)'9' or (byte)'-' or (byte)'.')
            family = ReadNumber(value, out bits);
        else family = ReadBoolean(value, out bits);
        if (family != ValueFamily.None) at += value.Length;
        return family;
    }

    private ValueFamily ReadNumber(ReadOnlySpan<byte> value, out ulong bits)
    {
        byte last = value[^1];
        bits = 0;
        if (last == 'i')
        {
            if (!Utf8Parser.TryParse(value, out long integer, out int used) || used != value.Length - 1)
            {
                Fail("expected an integer from -9223372036854775808 to 9223372036854775807");
                return ValueFamily.None;
            }
            bits = (ulong)integer;
            return ValueFamily.Int;
        }
        if (last == 'u')
        {
            if (!Utf8Parser.TryParse(value, out bits, out int used) || used != value.Length - 1)
            {
                Fail("expected an unsigned integer from 0 to 18446744073709551615");
                return ValueFamily.None;
            }
            return ValueFamily.UInt;
        }
        bool isNumber = last is >= (byte)'0' and <= (byte)'9' or (byte)'.';
        isNumber &= Utf8Parser.TryParse(value, out double number, out int taken) && taken == value.Length;
        if (!isNumber || !double.IsFinite(number))
        {
            Fail("invalid number");
            return ValueFamily.None;
        }
        bits = BitConverter.DoubleToUInt64Bits(number);
        return ValueFamily.Float;
    }

    private ValueFamily ReadBoolean(ReadOnlySpan<byte> value, out ulong bits)
    {
        bool isTrue = value is [(byte)'t'] or [(byte)'T'] || value.SequenceEqual("true"u8)
            || value.SequenceEqual("True"u8) || value.SequenceEqual("TRUE"u8);
        bool isFalse = value is [(byte)'f'] or [(byte)'F'] || value.SequenceEqual("false"u8)
            || value.SequenceEqual("False"u8) || value.SequenceEqual("FALSE"u8);
        bits = isTrue ? 1UL : 0;
        if (isTrue || isFalse) return ValueFamily.Bool;
        Fail("expected a number, a boolean or a text in quotes");
        return ValueFamily.None;
    }

    /// <summary>Reads a text in quotes, from its quote on.</summary>
    private ValueFamily ReadText(ReadOnlySpan<byte> text, ref int at, out ulong bits)
    {
        bits = 0;
        int end = at + 1;
        while (true)
        {
            int found = text[end..].IndexOfAny((byte)'"', (byte)'\\');
            end = found < 0 ? text.Length : end + found;
            if (end == text.Length)
            {
                Fail(_isCut ? TooLong : "unbalanced quotes");
                return ValueFamily.None;
            }
            if (text[end] == '"') break;
            end = Math.Min(end + 2, text.Length);
        }
        ReadOnlySpan<byte> inner = text[(at + 1)..end];
        string? problem = !IsEndOfValue(text, end + 1) ? "invalid field format"
            : inner.Length > WriteBatch.MaxValueBytes ? "expected a text of at most 1048576 bytes"
            : !Utf8.IsValid(inner) ? "invalid UTF-8"
            : null;
        if (problem is not null)
        {
            Fail(problem);
            return ValueFamily.None;
        }
        at = end + 1;
        if (isTextKept) bits = Keep(inner);
        else TextsDropped++;
        return ValueFamily.String;
    }

    /// <summary>Copies a text without its escapes.</summary>
    private ulong Keep(ReadOnlySpan<byte> text)
    {
        Span<byte> to = Rows.BeginPayload(text.Length);
        int length = 0;
        while (true)
        {
            int at = text.IndexOf((byte)'\\');
            if (at < 0) break;
            bool isEscape = at + 1 < text.Length && text[at + 1] is (byte)'"' or (byte)'\\';
            text[..at].CopyTo(to[length..]);
            length += at;
            to[length++] = isEscape ? text[at + 1] : (byte)'\\';
            text = text[(at + (isEscape ? 2 : 1))..];
        }
        text.CopyTo(to[length..]);
        return Rows.EndPayload(length + text.Length);
    }

    /// <summary>Reads a timestamp, if there is one, and the end of the line.</summary>
    private bool TryReadTime(ReadOnlySpan<byte> text, ref int at, out long time, out bool isGiven)
    {
        time = 0;
        SkipBlanks(text, ref at);
        int start = at;
        bool isNegative = at < text.Length && text[at] == '-';
        if (isNegative) at++;
        int first = at;
        ulong digits = TakeDigits(text, ref at, 0);
        isGiven = at > start;
        if (isGiven)
        {
            int count = at - first;
            ulong most = isNegative ? 1UL << 63 : long.MaxValue;
            bool fits = count is > 0 and <= DecimalDouble.MaxDigits && digits <= most;
            if (!fits) return Fail(count > 0 ? "time outside range" : "bad timestamp");
            time = (long)(isNegative ? 0 - digits : digits);
            SkipBlanks(text, ref at);
        }
        if (at == text.Length) return !_isCut || Fail(TooLong);
        return text[at] == '\n' || Fail("bad timestamp");
    }

    private static void SkipBlanks(ReadOnlySpan<byte> text, ref int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' or (byte)'\r') at++;
    }
}
