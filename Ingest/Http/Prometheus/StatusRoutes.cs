using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Engine.Store;
using Slungd.Native.Os;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>`/api/v1/status/...`, and the lists of what this daemon has not (rules, alerts, targets and so on), which
/// are empty: clients ask for them and expect an answer.</summary>
internal sealed class StatusRoutes(TimeSeriesStore store, TimeProvider clock, ServerFacts facts)
{
    /// <summary>The release whose HTTP API and language this is: Grafana chooses its requests by it.</summary>
    private const string SpokenVersion = "3.5.0";

    private const int DefaultTop = 10;
    private const int MaxTop = 10_000;

    private readonly DateTimeOffset _started = clock.GetUtcNow();

    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/api/v1/status/buildinfo") { Get = BuildInfo },
        new HttpRoute("/api/v1/status/runtimeinfo") { Get = RuntimeInfo },
        new HttpRoute("/api/v1/status/flags") { Get = Flags },
        new HttpRoute("/api/v1/status/config") { Get = Config },
        new HttpRoute("/api/v1/status/tsdb") { Get = Tsdb },
        new HttpRoute("/api/v1/status/walreplay") { Get = WalReplay },
        new HttpRoute("/api/v1/rules") { Get = Rules },
        new HttpRoute("/api/v1/alerts") { Get = context => Empty(context, "alerts") },
        new HttpRoute("/api/v1/targets") { Get = context => Empty(context, "activeTargets", "droppedTargets") },
        new HttpRoute("/api/v1/targets/metadata") { Get = EmptyList },
        new HttpRoute("/api/v1/scrape_pools") { Get = context => Empty(context, "scrapePools") },
        new HttpRoute("/api/v1/alertmanagers")
        {
            Get = context => Empty(context, "activeAlertmanagers", "droppedAlertmanagers"),
        },
        new HttpRoute("/api/v1/notifications") { Get = EmptyList },
    ];

    private Task BuildInfo(HttpContext context) => ApiAnswer.Send(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("version"u8, SpokenVersion);
        json.WriteString("revision"u8, facts.Commit);
        json.WriteString("branch"u8, "slungd");
        json.WriteString("buildUser"u8, "slungd " + facts.Version);
        json.WriteString("buildDate"u8, "");
        json.WriteString("goVersion"u8, "");
        json.WriteEndObject();
    });

    private Task RuntimeInfo(HttpContext context) => ApiAnswer.Send(context, json =>
    {
        StoreStatistics now = store.Statistics();
        json.WriteStartObject();
        json.WriteString("startTime"u8, _started.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("CWD"u8, WorkingDirectory.Path);
        json.WriteString("hostname"u8, Environment.MachineName);
        json.WriteString("serverTime"u8, clock.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteBoolean("reloadConfigSuccess"u8, true);
        json.WriteString("lastConfigTime"u8, _started.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteNumber("corruptionCount"u8, now.Quarantined + now.LogHoles);
        json.WriteNumber("goroutineCount"u8, 0);
        json.WriteNumber("GOMAXPROCS"u8, Environment.ProcessorCount);
        json.WriteString("storageRetention"u8, facts.Flags.GetValueOrDefault("retention", "off"));
        // Ours: the unit of times in the DSL's answers; not known before the store is open.
        if (store.Precision != 0) json.WriteString("timestampPrecision"u8, store.Precision.ToText());
        json.WriteEndObject();
    });

    private Task Flags(HttpContext context) => ApiAnswer.Send(context, json =>
    {
        json.WriteStartObject();
        foreach ((string name, string value) in facts.Flags) json.WriteString(name, value);
        json.WriteEndObject();
    });

    /// <summary>The options as YAML: there is no other configuration.</summary>
    private Task Config(HttpContext context) => ApiAnswer.Send(context, json =>
    {
        System.Text.StringBuilder yaml = new();
        foreach ((string name, string value) in facts.Flags)
            yaml.Append(name).Append(": \"").Append(JsonEncodedText.Encode(value)).Append("\"\n");
        json.WriteStartObject();
        json.WriteString("yaml"u8, yaml.ToString());
        json.WriteEndObject();
    });

    /// <summary>Files of the log, as far as there is something to replay: it counts as one.</summary>
    private Task WalReplay(HttpContext context) => ApiAnswer.Send(context, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("min"u8, 0);
        json.WriteNumber("max"u8, 1);
        json.WriteNumber("current"u8, store.State == SinkState.Recovering ? 0 : 1);
        json.WriteEndObject();
    });

    private static Task Rules(HttpContext context)
    {
        string type = RequestParameters.OfUrl(context.Request)["type"] ?? "";
        return type.ToLowerInvariant() is "" or "alert" or "record" ? Empty(context, "groups")
            : ApiAnswer.Error(context, ApiError.BadData, $"invalid parameter \"type\": not supported value \"{type}\"");
    }

    private async Task Tsdb(HttpContext context)
    {
        RequestParameters parameters = RequestParameters.OfUrl(context.Request);
        if (!SelectorParameters.TryReadLimit(parameters, "limit", out int top, out string? error))
        {
            await ApiAnswer.Error(context, ApiError.BadData, error);
            return;
        }
        top = top == int.MaxValue ? DefaultTop : Math.Min(top, MaxTop);
        Cardinalities counted = store.Registry.CountCardinalities(top);
        StoreStatistics now = store.Statistics();
        await ApiAnswer.Send(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("headStats"u8);
            json.WriteNumber("numSeries"u8, now.Series);
            json.WriteNumber("numLabelPairs"u8, counted.Pairs);
            json.WriteNumber("chunkCount"u8, now.Segments);
            json.WriteNumber("minTime"u8, Milliseconds(now.MinTimestamp));
            json.WriteNumber("maxTime"u8, Milliseconds(now.MaxTimestamp));
            json.WriteEndObject();
            WriteTop(json, "seriesCountByMetricName", counted.SeriesByName);
            WriteTop(json, "labelValueCountByLabelName", counted.ValuesByLabel);
            WriteTop(json, "memoryInBytesByLabelName", counted.BytesByLabel);
            WriteTop(json, "seriesCountByLabelValuePair", counted.SeriesByPair);
            json.WriteEndObject();
        });
    }

    /// <summary>An empty store's limits stand as they are, as Prometheus shows them.</summary>
    private long Milliseconds(long timestamp)
    {
        if (timestamp is long.MaxValue or long.MinValue) return timestamp;
        Precision.Milliseconds.TryConvert(timestamp, store.Precision, out long milliseconds);
        return milliseconds;
    }

    private static void WriteTop(Utf8JsonWriter json, string name, List<(string Text, long Count)> rows)
    {
        json.WriteStartArray(name);
        foreach ((string text, long count) in rows)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, text);
            json.WriteNumber("value"u8, count);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static Task EmptyList(HttpContext context) => ApiAnswer.Send(context, static json =>
    {
        json.WriteStartArray();
        json.WriteEndArray();
    });

    private static Task Empty(HttpContext context, params string[] lists) => ApiAnswer.Send(context, json =>
    {
        json.WriteStartObject();
        foreach (string list in lists)
        {
            json.WriteStartArray(list);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    });
}
