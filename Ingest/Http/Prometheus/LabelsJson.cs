using System.Collections.Generic;
using System.Text.Json;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>Labels as Prometheus' API shows them: an object of names and values.</summary>
internal static class LabelsJson
{
    public static void Write(Utf8JsonWriter json, Label[] labels)
    {
        json.WriteStartObject();
        foreach (Label label in labels) json.WriteString(label.Name, label.Value);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, IEnumerable<(string Name, string Value)> labels)
    {
        json.WriteStartObject();
        foreach ((string name, string value) in labels) json.WriteString(name, value);
        json.WriteEndObject();
    }
}
