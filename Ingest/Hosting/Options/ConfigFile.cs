using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;

namespace Slungd.Ingest.Hosting.Options;

/// <summary>slungd.json: one object whose keys are option names without dashes. Comments and trailing commas are fine;
/// an unknown or doubled key is not.</summary>
internal static class ConfigFile
{
    /// <summary>Read when --config is not given and it exists.</summary>
    public const string DefaultName = "slungd.json";

    private const int MaxBytes = 1 << 20;

    /// <summary>The values by option name, with where each stands. Mistakes are added to errors.</summary>
    public static Dictionary<string, OptionValue> Read(string path, List<string> errors)
    {
        Dictionary<string, OptionValue> values = [];
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                errors.Add($"{path}: expected at most {MaxBytes} bytes");
                return values;
            }
            Parse(path, File.ReadAllBytes(path), values, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{path}: cannot be read: {e.Message}");
        }
        return values;
    }

    internal static void Parse(string path, ReadOnlySpan<byte> json, Dictionary<string, OptionValue> values,
        List<string> errors)
    {
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        JsonReaderOptions lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        Utf8JsonReader reader = new(json, lenient);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                errors.Add($"{path}: expected a JSON object of options");
                return;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = reader.GetString()!;
                string where = $"{path}:{LineOf(json, reader.TokenStartIndex)}: \"{key}\"";
                reader.Read();
                string[]? texts = ReadValue(ref reader, out string? expected);
                OptionSpec? spec = OptionTable.Find(key);
                if (spec is null) errors.Add($"{where}: no such option");
                else if (spec.Name == "config") errors.Add($"{where}: cannot stand in a config file");
                else if (texts is null) errors.Add($"{where}: expected {expected}");
                else if (Array.Exists(texts, static text => text.Contains('\0', StringComparison.Ordinal)))
                    errors.Add($"{where}: expected a text without zero bytes");
                else if (!values.TryAdd(key, new OptionValue(texts, where))) errors.Add($"{where}: stands here twice");
            }
            while (reader.Read()) { } // whatever follows the object is an error that the reader reports
        }
        catch (InvalidOperationException) // of GetString
        {
            int line = LineOf(json, reader.TokenStartIndex);
            errors.Add($"{path}:{line}: expected text in UTF-8, without halves of surrogates");
        }
        catch (JsonException e)
        {
            errors.Add($"{path}:{e.LineNumber + 1}: not valid JSON: {e.Message}");
        }
    }

    private static string[]? ReadValue(ref Utf8JsonReader reader, out string? expected)
    {
        expected = null;
        if (Scalar(ref reader) is { } single) return [single];
        expected = "a string, a number, true, false, or an array of strings";
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return null;
        }
        List<string> texts = [];
        bool fits = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (Scalar(ref reader) is { } text) texts.Add(text);
            else
            {
                fits = false;
                reader.Skip();
            }
        }
        return fits ? [.. texts] : null;
    }

    private static string? Scalar(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number => System.Text.Encoding.ASCII.GetString(reader.ValueSpan),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => null,
    };

    private static int LineOf(ReadOnlySpan<byte> json, long offset) => json[..(int)offset].Count((byte)'\n') + 1;
}
