using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;

namespace Slungd.Ingest.Hosting.Transfer;

/// <summary>What a daemon's error says, out of its JSON.</summary>
internal static class ErrorText
{
    public static string Of(int status, string body)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            if (json.RootElement.GetProperty("error").GetString() is { Length: > 0 } text) return text;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // It is no error of slungd's: the status has to do.
        }
        return string.Create(CultureInfo.InvariantCulture, $"expected the HTTP door of a slungd, got status {status}");
    }
}
