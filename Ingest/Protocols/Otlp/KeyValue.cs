using System;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>An attribute (opentelemetry.proto.common.v1.KeyValue: `1 key | 2 value`).</summary>
internal static class KeyValue
{
    /// <summary>False when the message is malformed.</summary>
    /// <param name="message">Its bytes.</param>
    /// <param name="key">Empty when there is none.</param>
    /// <param name="value">The message of its value.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        // As every sender writes it: both, in this order, shorter than 128 bytes.
        if (message.Length >= 4 && message[0] == 0x0a && message[1] < Math.Min(0x80, message.Length - 3))
        {
            int second = 2 + message[1];
            if (message[second] == 0x12 && message[second + 1] == message.Length - second - 2
                && message[second + 1] < 0x80)
            {
                key = message[2..second];
                value = message[(second + 2)..];
                return true;
            }
        }
        key = value = default;
        int values = 0;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            if (!fields.IsBytes) continue;
            if (fields.Field == 1) key = fields.Bytes;
            if (fields.Field != 2) continue;
            value = fields.Bytes;
            values++;
        }
        if (fields.IsMalformed) return false;
        if (values > 1) value = ProtoReader.Merge(message, 2);
        return true;
    }
}
