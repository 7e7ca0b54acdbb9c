using System;
using System.Text.Json;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>One object a line: `{"series":"temp","tags":["site=eu"],"timestamp":1700000000000000,"value":21.5}`. The
/// tags may be an object of keys and texts; a missing timestamp means now.</summary>
internal sealed class JsonLines(Precision precision, TimeProvider clock) : PointFormat(precision, clock)
{
    private const string ExpectedObject =
        """expected a JSON object such as {"series":"temp","tags":["site=eu"],"timestamp":1,"value":21.5}""";

    private byte[] _text = new byte[256];

    public override string? Read(ReadOnlySpan<byte> line, PointBuilder point)
    {
        Utf8JsonReader json = new(line);
        try { return Read(ref json, point); }
        catch (JsonException) { return ExpectedObject; }
        catch (InvalidOperationException) { return "expected valid UTF-8 in strings"; } // from CopyString
    }

    private string? Read(ref Utf8JsonReader json, PointBuilder point)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return ExpectedObject;
        bool hasTimestamp = false, hasValue = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string? expected;
            if (json.ValueTextEquals("series"u8)) expected = ReadSeries(ref json, point);
            else if (json.ValueTextEquals("tags"u8)) expected = ReadTags(ref json, point);
            else if (json.ValueTextEquals("timestamp"u8))
            {
                hasTimestamp = true;
                expected = ReadTimestamp(ref json, point);
            }
            else if (json.ValueTextEquals("value"u8))
            {
                hasValue = true;
                expected = ReadValue(ref json, point);
            }
            else expected = $"unknown member \"{json.GetString()}\": expected series, tags, timestamp and value";
            if (expected is not null) return expected;
        }
        if (json.Read()) return ExpectedObject; // unreachable: the reader throws for what follows the object
        if (!hasValue) return ExpectedValue;
        if (!hasTimestamp) point.Timestamp = Now;
        return point.HasSeries ? null : "expected a series";
    }

    private string? ReadSeries(ref Utf8JsonReader json, PointBuilder point)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.String) return "expected a string as series";
        return point.TrySetSeries(Text(ref json)) ? null : TooLong;
    }

    private string? ReadTags(ref Utf8JsonReader json, PointBuilder point)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.StartArray)
        {
            while (json.Read() && json.TokenType == JsonTokenType.String)
                if (!point.TryAddTag(default, Text(ref json))) return TooLong;
            return json.TokenType == JsonTokenType.EndArray ? null : "expected strings as tags";
        }
        if (json.TokenType != JsonTokenType.StartObject) return "expected an array or an object as tags";
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            byte[] key = Text(ref json).ToArray();
            json.Read();
            if (json.TokenType != JsonTokenType.String) return "expected strings as tags";
            if (!point.TryAddTag(key, Text(ref json))) return TooLong;
        }
        return null;
    }

    private string? ReadTimestamp(ref Utf8JsonReader json, PointBuilder point)
    {
        json.Read();
        bool fits = json.TokenType switch
        {
            JsonTokenType.Number or JsonTokenType.String => TryTimestamp(json.ValueSpan, out long timestamp)
                && (point.Timestamp = timestamp) == timestamp,
            _ => false,
        };
        return fits ? null : ExpectedTimestamp;
    }

    private static string? ReadValue(ref Utf8JsonReader json, PointBuilder point)
    {
        json.Read();
        bool isText = json.TokenType is JsonTokenType.Number or JsonTokenType.String or JsonTokenType.True
            or JsonTokenType.False;
        if (!isText || !TryValue(json.ValueSpan, out double value)) return ExpectedValue;
        point.Value = value;
        return null;
    }

    /// <summary>The string or name without its escapes.</summary>
    private ReadOnlySpan<byte> Text(ref Utf8JsonReader json)
    {
        if (json.ValueSpan.Length > _text.Length) _text = new byte[json.ValueSpan.Length];
        return _text.AsSpan(0, json.CopyString(_text));
    }
}
