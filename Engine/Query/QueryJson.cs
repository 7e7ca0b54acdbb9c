using System;
using System.Text.Encodings.Web;
using System.Text.Json;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Answers as JSON (design, sections 4.2 and 6):
/// <code>
/// "value":49.9,"count":3
/// "windows":[[start,value,count],...]
/// "groups":[{"by":{"host":"a"},"value":49.9,"count":3},...]   or with "windows" in place of value and count
/// "points":[{"series":"cpu","tags":["host=a"],"timestamp":1,"value":2.5},...],"next":"..."
/// </code>
/// Numbers are the shortest text that reads back as the same float; NaN and infinities are null. FIRST, LAST and
/// RAW of a String series are its text, of a Bytes series base64.</summary>
internal static class QueryJson
{
    /// <summary>For writers that answers go to: text is for clients, never pasted into a page.</summary>
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Writes the members of an answer into the object that the caller has begun.</summary>
    /// <param name="writer">Inside an object.</param>
    /// <param name="result">Done.</param>
    public static void WriteMembers(Utf8JsonWriter writer, QueryResult result)
    {
        DslQuery query = result.Query;
        if (query.Op == QueryOp.Raw)
        {
            WritePoints(writer, result);
            return;
        }
        if (!query.IsGrouped)
        {
            WriteGroup(writer, query, result.Groups[0]);
            return;
        }
        writer.WriteStartArray("groups"u8);
        foreach (QueryGroup group in result.Groups)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("by"u8);
            for (int i = 0; i < query.By.Length; i++) writer.WriteString(query.By[i], group.By[i]);
            writer.WriteEndObject();
            WriteGroup(writer, query, group);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteGroup(Utf8JsonWriter writer, DslQuery query, QueryGroup group)
    {
        if (!query.HasWindows)
        {
            writer.WritePropertyName("value"u8);
            WriteValue(writer, group.Value(query.Op));
            writer.WriteNumber("count"u8, group.Count);
            return;
        }
        writer.WriteStartArray("windows"u8);
        foreach (ref readonly Bucket window in group.Windows.Span)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(window.Start);
            WriteValue(writer, window.Answer(query.Op));
            writer.WriteNumberValue(window.Count);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }

    private static void WritePoints(Utf8JsonWriter writer, QueryResult result)
    {
        writer.WriteStartArray("points"u8);
        foreach (ref readonly QueryPoint point in result.Points.Span)
        {
            writer.WriteStartObject();
            writer.WriteString("series"u8, point.Series.NameBytes);
            writer.WriteStartArray("tags"u8);
            foreach (byte[] tag in point.Series.TagBytes) writer.WriteStringValue(tag);
            writer.WriteEndArray();
            writer.WriteNumber("timestamp"u8, point.Timestamp);
            writer.WritePropertyName("value"u8);
            WriteValue(writer, point.Value);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteString("next"u8, result.Next);
    }

    private static void WriteValue(Utf8JsonWriter writer, QueryValue value)
    {
        switch (value.Family)
        {
            case ValueFamily.String:
                writer.WriteStringValue(value.Payload);
                break;
            case ValueFamily.Bytes:
                writer.WriteBase64StringValue(value.Payload);
                break;
            case ValueFamily.Float:
                WriteNumber(writer, value.Number);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, double value)
    {
        if (!double.IsFinite(value))
        {
            writer.WriteNullValue();
            return;
        }
        Span<byte> text = stackalloc byte[DecimalText.MaxBytes];
        writer.WriteRawValue(text[..DecimalText.Write(value, text)], skipInputValidation: true);
    }
}
