using System;
using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Pieces of JSON as UTF-8, written without allocation (but for texts over 170 characters).</summary>
internal static class JsonText
{
    /// <summary>Writes a quoted string. Escapes what RFC 8259, section 7, demands; invalid UTF-8 becomes
    /// U+FFFD.</summary>
    public static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        output.Write("\""u8);
        while (!utf8.IsEmpty)
        {
            int plain = 0;
            while (plain < utf8.Length && utf8[plain] is >= 0x20 and < 0x80 and not ((byte)'"' or (byte)'\\')) plain++;
            output.Write(utf8[..plain]);
            utf8 = utf8[plain..];
            if (!utf8.IsEmpty) utf8 = utf8[WriteSpecial(output, utf8)..];
        }
        output.Write("\""u8);
    }

    /// <summary>Writes a quoted string.</summary>
    public static void WriteString(IBufferWriter<byte> output, string text)
    {
        int longest = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> utf8 = longest <= 512 ? stackalloc byte[512] : new byte[longest];
        WriteString(output, utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    /// <summary>Writes a number, or null for NaN and infinities.</summary>
    public static void WriteNumber(IBufferWriter<byte> output, double value)
    {
        if (double.IsFinite(value)) output.Advance(DecimalText.Write(value, output.GetSpan(DecimalText.MaxBytes)));
        else output.Write("null"u8);
    }

    public static void WriteNumber(IBufferWriter<byte> output, long value)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(20), out int length);
        output.Advance(length);
    }

    public static void WriteNumber(IBufferWriter<byte> output, ulong value)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(20), out int length);
        output.Advance(length);
    }

    private static int WriteSpecial(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        byte first = utf8[0];
        if (first >= 0x80)
        {
            bool valid = Rune.DecodeFromUtf8(utf8, out _, out int length) == OperationStatus.Done;
            output.Write(valid ? utf8[..length] : "\uFFFD"u8);
            return length;
        }
        if (first >= 0x20)
        {
            output.Write([(byte)'\\', first]);
            return 1;
        }
        output.Write("\\u00"u8);
        output.Write([(byte)('0' + (first >> 4)), "0123456789abcdef"u8[first & 15]]);
        return 1;
    }
}
