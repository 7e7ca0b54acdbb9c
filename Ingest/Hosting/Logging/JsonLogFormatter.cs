using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Slungd.Ingest.Hosting.Logging;

/// <summary>One JSON object a line: time, level, logger, event, message, the message's fields, exception.</summary>
internal sealed class JsonLogFormatter(TimeProvider clock) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "slungd-json";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, clock.GetUtcNow().UtcDateTime);
            json.WriteString("level"u8, TextLogFormatter.LevelName(entry.LogLevel));
            json.WriteString("logger"u8, entry.Category);
            json.WriteNumber("event"u8, entry.EventId.Id);
            json.WriteString("message"u8, entry.Formatter(entry.State, entry.Exception));
            if (entry.State is IReadOnlyList<KeyValuePair<string, object?>> fields) WriteFields(json, fields);
            if (entry.Exception is { } exception) json.WriteString("exception"u8, exception.ToString());
            json.WriteEndObject();
        }
        output.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        output.Write('\n');
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        json.WriteStartObject("fields"u8);
        foreach ((string name, object? value) in fields)
        {
            if (name == "{OriginalFormat}") continue;
            if (value is long or int) json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
            else json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
        }
        json.WriteEndObject();
    }
}
