using System;
using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>OTLP's JSON (opentelemetry.io/docs/specs/otlp, JSON Protobuf Encoding) as the protobuf message that it
/// stands for: names in lowerCamelCase, 64-bit numbers as texts or numbers, trace and span ids in hex, unknown fields
/// passed over.</summary>
internal static class OtlpJson
{
    /// <summary>Lengths of messages are known when they are written: they take five bytes, padded.</summary>
    private const int LengthBytes = 5;

    /// <summary>Writes the message.</summary>
    /// <param name="json">An ExportMetricsServiceRequest.</param>
    /// <param name="to">Receives it, behind what is there.</param>
    /// <param name="problem">What was expected, and where.</param>
    /// <returns>False when it is not such JSON; what was written is of no use.</returns>
    /// <exception cref="OutputTooLargeException">It does not fit.</exception>
    public static bool TryConvert(ReadOnlySpan<byte> json, NativeBufferWriter to, out string? problem)
    {
        problem = null;
        Utf8JsonReader reader = new(json);
        try
        {
            if (reader.Read() && TryMessage(ref reader, OtlpSchema.Request, to) && !reader.Read()) return true;
            problem = $"expected OTLP's JSON of an ExportMetricsServiceRequest; byte {reader.BytesConsumed} is not";
        }
        catch (JsonException e)
        {
            problem = $"expected JSON: {e.Message}";
        }
        catch (InvalidOperationException)
        {
            problem = $"expected texts in UTF-8, at byte {reader.BytesConsumed}";
        }
        return false;
    }

    private static bool TryMessage(ref Utf8JsonReader reader, OtlpSchema message, NativeBufferWriter to)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            OtlpField? field = message.Find(ref reader);
            if (!reader.Read()) return false;
            if (field is null) reader.Skip();
            else if (reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    if (!TryValue(ref reader, field, to)) return false;
            }
            else if (reader.TokenType != JsonTokenType.Null && !TryValue(ref reader, field, to))
            {
                return false;
            }
        }
        return true;
    }

    private static bool TryValue(ref Utf8JsonReader reader, OtlpField field, NativeBufferWriter to)
    {
        switch (field.Kind)
        {
            case OtlpFieldKind.Message:
                int start = BeginBytes(field.Number, to);
                if (!TryMessage(ref reader, field.Message!, to)) return false;
                EndBytes(start, to);
                return true;
            case OtlpFieldKind.Text: return TryText(ref reader, field.Number, to);
            case OtlpFieldKind.Base64 or OtlpFieldKind.Hex: return TryBytes(ref reader, field, to);
            case OtlpFieldKind.Flag when reader.TokenType is JsonTokenType.True or JsonTokenType.False:
                ProtoWriter.Number(to, field.Number, reader.GetBoolean() ? 1UL : 0);
                return true;
            case OtlpFieldKind.Flag: return false;
            case OtlpFieldKind.Double:
                if (!TryDouble(ref reader, out double real)) return false;
                ProtoWriter.Double(to, field.Number, real);
                return true;
        }
        return TryInteger(ref reader, out Int128 number) && TryWrite(field, number, to);
    }

    /// <summary>False when the field's type does not have the number.</summary>
    private static bool TryWrite(OtlpField field, Int128 number, NativeBufferWriter to)
    {
        bool isInRange = field.Kind switch
        {
            OtlpFieldKind.SignedFixed or OtlpFieldKind.SignedInteger => number >= long.MinValue
                && number <= long.MaxValue,
            OtlpFieldKind.ZigZag => number >= int.MinValue && number <= int.MaxValue,
            _ => number >= 0, // and of 64 bits, as all that are read
        };
        if (!isInRange) return false;
        ulong bits = unchecked((ulong)number);
        if (field.Kind is OtlpFieldKind.Fixed or OtlpFieldKind.SignedFixed)
            ProtoWriter.Double(to, field.Number, BitConverter.UInt64BitsToDouble(bits));
        else if (field.Kind == OtlpFieldKind.ZigZag) ProtoWriter.Signed(to, field.Number, (long)bits);
        else ProtoWriter.Number(to, field.Number, bits);
        return true;
    }

    private static bool TryText(ref Utf8JsonReader reader, int field, NativeBufferWriter to)
    {
        if (reader.TokenType != JsonTokenType.String) return false;
        if (!reader.ValueIsEscaped)
        {
            if (!Utf8.IsValid(reader.ValueSpan)) return false; // which the reader does not check
            ProtoWriter.Bytes(to, field, reader.ValueSpan);
            return true;
        }
        int start = BeginBytes(field, to);
        to.Advance(reader.CopyString(to.GetSpan(reader.ValueSpan.Length)));
        EndBytes(start, to);
        return true;
    }

    private static bool TryBytes(ref Utf8JsonReader reader, OtlpField field, NativeBufferWriter to)
    {
        if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped) return false;
        ReadOnlySpan<byte> text = reader.ValueSpan;
        int start = BeginBytes(field.Number, to);
        Span<byte> room = to.GetSpan(text.Length + 1);
        int length = 0;
        if (field.Kind == OtlpFieldKind.Base64)
        {
            if (Base64.DecodeFromUtf8(text, room, out _, out length) != OperationStatus.Done) return false;
        }
        else
        {
            if (text.Length % 2 != 0) return false;
            for (; length < text.Length / 2; length++)
            {
                ReadOnlySpan<byte> digits = text.Slice(2 * length, 2);
                if (!Utf8Parser.TryParse(digits, out room[length], out int read, 'x') || read != 2) return false;
            }
        }
        to.Advance(length);
        EndBytes(start, to);
        return true;
    }

    /// <summary>A number or its text, of 64 bits with or without a sign.</summary>
    private static bool TryInteger(ref Utf8JsonReader reader, out Int128 number)
    {
        number = 0;
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String)) return false;
        ReadOnlySpan<byte> text = reader.ValueSpan;
        if (Utf8Parser.TryParse(text, out ulong whole, out int length) && length == text.Length)
        {
            number = whole;
            return true;
        }
        if (Utf8Parser.TryParse(text, out long negative, out length) && length == text.Length)
        {
            number = negative;
            return true;
        }
        // JavaScript writes large ones as 1e+21, and protobuf's JSON allows 5.0; plain digits are exact, or none.
        const double above = 18_446_744_073_709_551_616.0, least = -9_223_372_036_854_775_808.0;
        double real = 0;
        bool isWhole = text.ContainsAny((byte)'.', (byte)'e', (byte)'E')
            && Utf8Parser.TryParse(text, out real, out length) && length == text.Length
            && real is >= least and < above && double.IsInteger(real);
        if (isWhole) number = (Int128)real;
        return isWhole;
    }

    private static bool TryDouble(ref Utf8JsonReader reader, out double number)
    {
        number = 0;
        if (reader.TokenType == JsonTokenType.Number) return reader.TryGetDouble(out number);
        if (reader.TokenType != JsonTokenType.String) return false;
        ReadOnlySpan<byte> text = reader.ValueSpan;
        if (text.SequenceEqual("NaN"u8)) number = double.NaN;
        else if (text.SequenceEqual("Infinity"u8)) number = double.PositiveInfinity;
        else if (text.SequenceEqual("-Infinity"u8)) number = double.NegativeInfinity;
        else return Utf8Parser.TryParse(text, out number, out int length) && length == text.Length;
        return true;
    }

    private static int BeginBytes(int field, NativeBufferWriter to)
    {
        Span<byte> room = to.GetSpan(Varint.MaxLength + LengthBytes);
        to.Advance(Varint.Write(room, (ulong)field << 3 | 2) + LengthBytes);
        return to.WrittenCount;
    }

    private static void EndBytes(int start, NativeBufferWriter to)
    {
        int length = to.WrittenCount - start;
        Span<byte> at = to.WrittenSpan[(start - LengthBytes)..start];
        for (int i = 0; i < LengthBytes; i++, length >>= 7)
            at[i] = (byte)(length & 0x7f | (i < LengthBytes - 1 ? 0x80 : 0));
    }
}
