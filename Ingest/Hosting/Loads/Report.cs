using System;
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>What a run of `slungd bench` came to: lines for people, or one JSON object.</summary>
internal abstract record Report
{
    public string ToText()
    {
        StringBuilder text = new();
        WriteLines(line => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n'));
        return text.ToString();
    }

    public string ToJson()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            WriteMembers(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    protected abstract void WriteLines(Action<FormattableString> line);

    protected abstract void WriteMembers(Utf8JsonWriter json);
}
