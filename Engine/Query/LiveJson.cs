using System;
using System.Buffers;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Live messages as JSON objects (design, section 4.2), without allocation per event:
/// <code>
/// {"id":2,"series":"temp","timestamp":1,"value":21.5,"tags":["site=eu"],"producers":[7]}
/// {"id":2,"window":[start,end],"value":21.5,"count":3}     with BY: "by":{"host":"a"} before it; with late points:
/// "late":2 {"id":2,"dropped":5}
/// </code>
/// A window's end is the start of the next one. NaN and infinities are null.</summary>
internal static class LiveJson
{
    /// <summary>Appends one message.</summary>
    /// <param name="output">Receives UTF-8.</param>
    /// <param name="id">The subscriber's id; null to leave it out.</param>
    /// <param name="query">The subscription's query.</param>
    /// <param name="message">The message.</param>
    public static void Write(IBufferWriter<byte> output, long? id, DslQuery query, in LiveMessage message)
    {
        output.Write("{"u8);
        if (id is long number)
        {
            output.Write("\"id\":"u8);
            JsonText.WriteNumber(output, number);
            output.Write(","u8);
        }
        switch (message.Kind)
        {
            case LiveMessageKind.Event:
                WriteEvent(output, in message);
                break;
            case LiveMessageKind.Window:
                WriteWindow(output, query, in message);
                break;
            default:
                output.Write("\"dropped\":"u8);
                JsonText.WriteNumber(output, message.Count);
                break;
        }
        output.Write("}"u8);
    }

    private static void WriteEvent(IBufferWriter<byte> output, in LiveMessage message)
    {
        output.Write("\"series\":"u8);
        JsonText.WriteString(output, message.Series!.NameBytes);
        output.Write(","u8);
        WriteReading(output, in message);
    }

    /// <summary>What all forms of an event share: `"timestamp":1,"value":2,"tags":["site=eu"],"producers":[7]`.
    /// </summary>
    public static void WriteReading(IBufferWriter<byte> output, in LiveMessage message)
    {
        output.Write("\"timestamp\":"u8);
        JsonText.WriteNumber(output, message.Timestamp);
        output.Write(",\"value\":"u8);
        JsonText.WriteNumber(output, message.Value);
        output.Write(",\"tags\":["u8);
        ReadOnlySpan<byte[]> tags = message.Series!.TagBytes;
        for (int i = 0; i < tags.Length; i++)
        {
            if (i > 0) output.Write(","u8);
            JsonText.WriteString(output, tags[i]);
        }
        output.Write("],\"producers\":["u8);
        JsonText.WriteNumber(output, message.ProducerOrLate);
        output.Write("]"u8);
    }

    private static void WriteWindow(IBufferWriter<byte> output, DslQuery query, in LiveMessage message)
    {
        if (message.By is not null) WriteBy(output, query.By, message.By);
        Tumbling.Bounds(message.Timestamp, query.Window, out long first, out long last);
        output.Write("\"window\":["u8);
        JsonText.WriteNumber(output, first);
        output.Write(","u8);
        JsonText.WriteNumber(output, last == long.MaxValue ? last : last + 1);
        output.Write("],\"value\":"u8);
        JsonText.WriteNumber(output, message.Value);
        output.Write(",\"count\":"u8);
        JsonText.WriteNumber(output, message.Count);
        if (message.ProducerOrLate == 0) return;
        output.Write(",\"late\":"u8);
        JsonText.WriteNumber(output, message.ProducerOrLate);
    }

    private static void WriteBy(IBufferWriter<byte> output, string[] keys, byte[]?[] values)
    {
        output.Write("\"by\":{"u8);
        for (int i = 0; i < keys.Length; i++)
        {
            if (i > 0) output.Write(","u8);
            JsonText.WriteString(output, keys[i]);
            output.Write(":"u8);
            if (values[i] is byte[] value) JsonText.WriteString(output, value);
            else output.Write("null"u8);
        }
        output.Write("},"u8);
    }
}
