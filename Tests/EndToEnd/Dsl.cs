using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Queries over the HTTP door.</summary>
internal static class Dsl
{
    /// <summary>The `data` of a query's answer.</summary>
    public static async Task<JsonElement> Query(this Daemon daemon, string query)
    {
        using HttpResponseMessage answer = await daemon.Get($"/api/v1/dsl?q={Uri.EscapeDataString(query)}");
        string text = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidDataException($"{query}: {(int)answer.StatusCode} {text}");
        JsonElement root = JsonDocument.Parse(text).RootElement;
        if (root.GetProperty("status").GetString() != "success") throw new InvalidDataException($"{query}: {text}");
        return root.GetProperty("data");
    }

    /// <summary>The value of an aggregate without windows; null when there are no points.</summary>
    public static async Task<double?> Value(this Daemon daemon, string query)
    {
        JsonElement value = (await daemon.Query(query)).GetProperty("value");
        return value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();
    }

    /// <summary>Waits until COUNT of the selection is <paramref name="points"/>: for the protocol that has no
    /// acks.</summary>
    public static Task<double?> Counted(this Daemon daemon, string selection, long points) =>
        Patience.Until($"COUNT:{selection} = {points}", () => daemon.Value($"COUNT:{selection}"), n => n == points);
}
