using System;
using System.Buffers;
using System.IO;
using System.Text;
using System.Text.Json;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>Answers as text, for people and pipes: columns with tabs between them, one line per result.
/// <code>
/// value               AVG:cpu:[]
/// start value count   ... with windows
/// key=value ... value count, or key=value ... start value count   ... with BY
/// timestamp value series tag ...   RAW
/// </code>
/// A group whose series lack a key has the key alone. What would break a line or a column, or command a terminal, is
/// escaped.</summary>
internal static class QueryText
{
    /// <summary>The answer's own members as one line of JSON.</summary>
    public static void WriteJson(TextWriter output, JsonElement answer)
    {
        ArrayBufferWriter<byte> line = new();
        using (Utf8JsonWriter writer = new(line, Engine.Query.QueryJson.WriterOptions))
        {
            writer.WriteStartObject();
            foreach (JsonProperty member in answer.EnumerateObject())
                if (member.Name != "id") member.WriteTo(writer);
            writer.WriteEndObject();
        }
        output.Write(Encoding.UTF8.GetString(line.WrittenSpan));
        output.Write('\n');
    }

    /// <summary>Whether an answer has a result of any kind.</summary>
    public static bool IsResult(JsonElement answer) =>
        answer.TryGetProperty("points", out _) || answer.TryGetProperty("groups", out _)
        || answer.TryGetProperty("windows", out _) || answer.TryGetProperty("value", out _);

    public static void Write(TextWriter output, JsonElement answer)
    {
        if (answer.TryGetProperty("points", out JsonElement points)) WritePoints(output, points);
        else if (answer.TryGetProperty("groups", out JsonElement groups))
            foreach (JsonElement group in groups.EnumerateArray()) WriteGroup(output, Prefix(group), group, true);
        else WriteGroup(output, "", answer, false);
    }

    private static void WriteGroup(TextWriter output, string prefix, JsonElement group, bool withCount)
    {
        if (group.TryGetProperty("windows", out JsonElement windows))
            foreach (JsonElement window in windows.EnumerateArray())
                output.Write($"{prefix}{window[0]}\t{Text(window[1])}\t{window[2]}\n");
        else if (withCount) output.Write($"{prefix}{Text(group.GetProperty("value"))}\t{group.GetProperty("count")}\n");
        else output.Write($"{Text(group.GetProperty("value"))}\n");
    }

    private static string Prefix(JsonElement group)
    {
        StringBuilder text = new();
        foreach (JsonProperty key in group.GetProperty("by").EnumerateObject())
        {
            text.Append(Escape(key.Name));
            if (key.Value.ValueKind != JsonValueKind.Null) text.Append('=').Append(Escape(key.Value.Text()));
            text.Append('\t');
        }
        return text.ToString();
    }

    private static void WritePoints(TextWriter output, JsonElement points)
    {
        foreach (JsonElement point in points.EnumerateArray())
        {
            output.Write($"{point.GetProperty("timestamp")}\t{Text(point.GetProperty("value"))}\t");
            output.Write(Escape(point.GetProperty("series").Text()));
            JsonElement tags = point.GetProperty("tags");
            foreach (JsonElement tag in tags.EnumerateArray()) output.Write($"\t{Escape(tag.Text())}");
            output.Write('\n');
        }
    }

    private static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? Escape(value.Text()) : value.GetRawText();

    /// <summary>`\t`, `\n`, `\r`, `\\`, and other control characters as `\u001b`.</summary>
    private static string Escape(string text)
    {
        StringBuilder? escaped = null;
        for (int i = 0; i < text.Length; i++)
        {
            char sign = text[i];
            bool isPlain = sign != '\\' && !char.IsControl(sign);
            if (!isPlain) escaped ??= new StringBuilder(text, 0, i, text.Length + 16);
            if (isPlain) escaped?.Append(sign);
            else escaped!.Append(sign switch
            {
                '\t' => @"\t",
                '\n' => @"\n",
                '\r' => @"\r",
                '\\' => @"\\",
                _ => $@"\u{(int)sign:x4}",
            });
        }
        return escaped?.ToString() ?? text;
    }
}
