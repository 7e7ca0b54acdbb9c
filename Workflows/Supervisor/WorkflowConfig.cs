using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Workflows.Supervisor;

/// <summary>What an operator sets for one workflow, as JSON; every key may be left out:
/// <code>
/// {"env":{"THRESHOLD":"100"},"allow_hosts":["alerts.example.com","127.0.0.1:9000"],"memory":"64MiB","cpu":0.5}
/// </code></summary>
internal sealed record WorkflowConfig
{
    public const int MaxJsonBytes = 256 << 10;
    private const long MinMemoryBytes = 64 << 10, MaxMemoryBytes = 4L << 30;
    private const double MinProcessors = 0.01, MaxProcessors = 64;
    private const int MaxHosts = 256;

    /// <summary>`NAME=value` each.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Where u_writeback_http may go: `host` means the scheme's own port.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Of the guest's memory.</summary>
    public long MemoryBytes { get; init; } = 64 << 20;

    /// <summary>Processors the guest may use.</summary>
    public double Processors { get; init; } = 1;

    /// <summary>Null when the JSON is not a configuration; then <paramref name="error"/> says what was expected.
    /// </summary>
    public static WorkflowConfig? TryParse(ReadOnlyMemory<byte> json, out string? error)
    {
        error = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 4 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) error = "expected a JSON object";
            WorkflowConfig config = new();
            if (error is null)
            {
                foreach (JsonProperty property in document.RootElement.EnumerateObject())
                {
                    config = config.With(property, ref error);
                    if (error is not null) break;
                }
            }
            return error is null ? config : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: half a surrogate pair
        {
            error = $"expected JSON: {e.Message}";
            return null;
        }
    }

    public byte[] ToJson()
    {
        ArrayBufferWriter<byte> output = new(256);
        using (Utf8JsonWriter json = new(output, QueryJson.WriterOptions)) Write(json);
        return output.WrittenSpan.ToArray();
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("env"u8);
        foreach (string variable in Environment)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            json.WriteString(variable.AsSpan(0, equals), variable.AsSpan(equals + 1));
        }
        json.WriteEndObject();
        json.WriteStartArray("allow_hosts"u8);
        foreach (string host in AllowedHosts) json.WriteStringValue(host);
        json.WriteEndArray();
        json.WriteNumber("memory"u8, MemoryBytes);
        json.WriteNumber("cpu"u8, Processors);
        json.WriteEndObject();
    }

    /// <summary>Whether a guest may call this URL: its host, or host and port, is on the list.</summary>
    public bool Allows(Uri url)
    {
        foreach (string allowed in AllowedHosts)
        {
            if (url.IsDefaultPort && string.Equals(allowed, url.Host, StringComparison.OrdinalIgnoreCase)) return true;
            if (string.Equals(allowed, $"{url.Host}:{url.Port}", StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    private WorkflowConfig With(JsonProperty property, ref string? error)
    {
        JsonElement value = property.Value;
        switch (property.Name)
        {
            case "env":
                return this with { Environment = ReadEnvironment(value, ref error) };
            case "allow_hosts":
                return this with { AllowedHosts = ReadHosts(value, ref error) };
            case "memory":
                long bytes = 0;
                bool isSize = value.ValueKind == JsonValueKind.String ? SizeText.TryParse(value.GetString(), out bytes)
                    : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out bytes);
                if (!isSize || bytes is < MinMemoryBytes or > MaxMemoryBytes)
                    error = "memory: expected bytes, or a size such as \"64MiB\", from 64KiB to 4GiB";
                return this with { MemoryBytes = bytes };
            case "cpu":
                double processors = 0;
                bool isNumber = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out processors);
                if (!isNumber || processors is < MinProcessors or > MaxProcessors)
                    error = "cpu: expected a number of processors from 0.01 to 64";
                return this with { Processors = processors };
            default:
                error = $"{property.Name}: expected env, allow_hosts, memory or cpu";
                return this;
        }
    }

    private static List<string> ReadEnvironment(JsonElement value, ref string? error)
    {
        List<string> variables = [];
        if (value.ValueKind != JsonValueKind.Object) error = "env: expected an object";
        if (error is not null) return variables;
        foreach (JsonProperty variable in value.EnumerateObject())
        {
            bool isText = variable.Value.ValueKind == JsonValueKind.String;
            string text = isText ? $"{variable.Name}={variable.Value.GetString()}" : "";
            bool isUsable = isText && variable.Name.Length > 0 && !text.Contains('\0', StringComparison.Ordinal)
                && !variable.Name.Contains('=', StringComparison.Ordinal);
            if (!isUsable) error = $"env: {variable.Name}: expected a name without = and a text, both without NUL";
            variables.Add(text);
        }
        return variables;
    }

    private static List<string> ReadHosts(JsonElement value, ref string? error)
    {
        List<string> hosts = [];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxHosts)
            error = $"allow_hosts: expected a list of at most {MaxHosts} hosts";
        if (error is not null) return hosts;
        foreach (JsonElement host in value.EnumerateArray())
        {
            string text = host.ValueKind == JsonValueKind.String ? host.GetString()! : "";
            bool isHost = Uri.TryCreate($"http://{text}/", UriKind.Absolute, out Uri? url)
                && url.PathAndQuery == "/" && url.UserInfo.Length == 0 && url.Fragment.Length == 0
                && text.Length > 0 && !text.Contains('/', StringComparison.Ordinal);
            if (!isHost) error = "allow_hosts: expected names or addresses, with a port or without: \"10.0.0.1:8080\"";
            hosts.Add(text);
        }
        return hosts;
    }
}
