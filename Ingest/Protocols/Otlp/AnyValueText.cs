using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Attributes' values as texts (opentelemetry.io/docs/specs/otel/common, "AnyValue representation for non-OTLP
/// protocols"): strings as they are, numbers as JSON has them, bytes in base64, lists and maps as JSON
/// (opentelemetry.proto.common.v1.AnyValue:
/// `1 string | 2 bool | 3 int64 | 4 double | 5 list { 1 values } | 6 map { 1 { 1 key, 2 value } } | 7 bytes`).
/// </summary>
internal sealed class AnyValueText
{
    private const int MaxDepth = 16;
    private const int MaxItems = 1_024;

    /// <summary>A longer message gives no text that a label holds, and is not read.</summary>
    private const int MaxBytes = ushort.MaxValue;

    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true,
    };

    private static ReadOnlySpan<byte> NotUtf8 => [0xff];

    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly byte[] _number = new byte[DecimalText.MaxBytes];
    private int _items; // that are written
    private bool _isUtf8; // all texts in them

    /// <summary>The text of a value; valid until the next one is asked for.</summary>
    /// <param name="value">The message.</param>
    /// <param name="text">Empty when it has none; not in UTF-8 when a text in it is not; longer than a label's when it
    /// would be far too long, whatever it is.</param>
    /// <returns>False when the message is malformed or nested too deep.</returns>
    public bool TryRead(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> text)
    {
        // As nearly all are: a string of less than 128 bytes.
        if (value.Length >= 2 && value[0] == 0x0a && value[1] == value.Length - 2)
        {
            text = value[2..];
            return true;
        }
        text = default;
        if (!TryReadField(value, out ProtoReader field)) return false;
        switch (field.Field)
        {
            case 0: return true;
            case 1: text = field.Bytes; return true;
            case 4: text = TextOf(field.Double); return true;
        }
        if (value.Length > MaxBytes)
        {
            text = value;
            return true;
        }
        _text.ResetWrittenCount();
        _items = 0;
        if (field.Field == 7)
        {
            System.Buffers.Text.Base64.EncodeToUtf8(field.Bytes,
                _text.GetSpan(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(field.Bytes.Length)), out _,
                out int length);
            _text.Advance(length);
        }
        else
        {
            using Utf8JsonWriter json = new(_text, s_options);
            _isUtf8 = true;
            if (!TryWrite(json, value, 0)) return false;
            if (!_isUtf8)
            {
                text = NotUtf8;
                return true;
            }
        }
        text = _text.WrittenSpan;
        return true;
    }

    /// <summary>The last of the fields that are one of each other, of lists and maps, too, as the Collector has it;
    /// its number is 0 when there is none.</summary>
    private static bool TryReadField(ReadOnlySpan<byte> value, out ProtoReader field)
    {
        field = default;
        var fields = new ProtoReader(value);
        while (fields.MoveNext())
        {
            bool isOne = fields.Field switch
            {
                1 or (>= 5 and <= 7) => fields.IsBytes,
                2 or 3 => fields.IsVarint,
                4 => fields.IsFixed64,
                _ => false,
            };
            if (isOne) field = fields;
        }
        return !fields.IsMalformed;
    }

    private bool TryWrite(Utf8JsonWriter json, ReadOnlySpan<byte> value, int depth)
    {
        if (depth > MaxDepth || ++_items > MaxItems || !TryReadField(value, out ProtoReader field)) return false;
        switch (field.Field)
        {
            case 1: WriteText(json, field.Bytes); return true;
            case 2: json.WriteBooleanValue(field.Number != 0); return true;
            case 3: json.WriteNumberValue(field.Int64); return true;
            case 4: WriteNumber(json, field.Double); return true;
            case 5: return TryWriteList(json, field.Bytes, depth);
            case 6: return TryWriteMap(json, field.Bytes, depth);
            case 7: json.WriteBase64StringValue(field.Bytes); return true;
            default: json.WriteNullValue(); return true;
        }
    }

    private void WriteNumber(Utf8JsonWriter json, double number)
    {
        ReadOnlySpan<byte> text = TextOf(number);
        if (double.IsFinite(number)) json.WriteRawValue(text, skipInputValidation: true);
        else json.WriteStringValue(text);
    }

    /// <summary>A number as JavaScript, and so Go's JSON, writes it: in plain digits from 1e-6 up to 1e21, beyond with
    /// an exponent (ECMA-262, Number::toString). Valid until the next one.</summary>
    private ReadOnlySpan<byte> TextOf(double number)
    {
        if (!double.IsFinite(number))
            return double.IsNaN(number) ? "NaN"u8 : number > 0 ? "Infinity"u8 : "-Infinity"u8;
        if (Math.Abs(number) is 0 or (>= 1e-6 and < 1e21)) return _number.AsSpan(0, DecimalText.Write(number, _number));
        int length = DecimalText.WriteShort(number, _number);
        int exponent = _number.AsSpan(0, length).IndexOf((byte)'E'); // E+21, E-07
        _number[exponent] = (byte)'e';
        if (_number[exponent + 2] == '0')
        {
            _number.AsSpan(exponent + 3, length - exponent - 3).CopyTo(_number.AsSpan(exponent + 2));
            length--;
        }
        return _number.AsSpan(0, length);
    }

    private void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        _isUtf8 &= Utf8.IsValid(text);
        json.WriteStringValue(_isUtf8 ? text : default);
    }

    private bool TryWriteList(Utf8JsonWriter json, ReadOnlySpan<byte> list, int depth)
    {
        json.WriteStartArray();
        var fields = new ProtoReader(list);
        while (fields.MoveNext())
            if (fields is { Field: 1, IsBytes: true } && !TryWrite(json, fields.Bytes, depth + 1)) return false;
        json.WriteEndArray();
        return !fields.IsMalformed;
    }

    /// <summary>By key, so that the same map is the same text.</summary>
    private bool TryWriteMap(Utf8JsonWriter json, ReadOnlySpan<byte> map, int depth)
    {
        List<(byte[] Key, byte[] Value)> entries = [];
        var fields = new ProtoReader(map);
        while (fields.MoveNext())
        {
            if (fields.Field != 1 || !fields.IsBytes) continue;
            if (entries.Count == MaxItems || !KeyValue.TryRead(fields.Bytes, out var key, out var value)) return false;
            _isUtf8 &= Utf8.IsValid(key);
            entries.Add((key.ToArray(), value.ToArray()));
        }
        if (fields.IsMalformed) return false;
        entries.Sort(static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        json.WriteStartObject();
        foreach ((byte[] key, byte[] value) in entries)
        {
            json.WritePropertyName(_isUtf8 ? key : default);
            if (!TryWrite(json, value, depth + 1)) return false;
        }
        json.WriteEndObject();
        return true;
    }
}
