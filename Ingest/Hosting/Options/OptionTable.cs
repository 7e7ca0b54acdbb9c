using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Wal;
using Slungd.Engine.Store;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Net;
using Slungd.Ingest.Security;
using Slungd.Native.Os;
using Slungd.Native.Simd;
using Slungd.Workflows.Wasmtime;

namespace Slungd.Ingest.Hosting.Options;

/// <summary>Every option of `serve` (design, section 8). The command line, the environment, slungd.json, the help and
/// docs/operations.md all come from, or are checked against, this list.</summary>
internal static class OptionTable
{
    /// <summary>Environment variables that are ours but no options of `serve`.</summary>
    public static readonly string[] OtherVariables =
        [KernelChoice.Variable, EngineChoice.Variable, ClientAccess.Variable];

    public static readonly OptionSpec[] All =
        [.. Doors(), .. Storage(), .. Security(), .. Protocols(), .. Bounds(), .. Housekeeping()];

    private const int MaxStatsdAddresses = 8;
    private const int MaxStatsdPercentiles = 16; // each is a series more of every timer

    public static OptionSpec? Find(ReadOnlySpan<char> name)
    {
        foreach (OptionSpec spec in All)
            if (name.SequenceEqual(spec.Name)) return spec;
        return null;
    }

    private static OptionSpec[] Doors() =>
    [
        new("listen", "ADDRESS", "127.0.0.1:2077", "WebSocket door: points, queries, live data, probes.", SetListen),
        new("http", "ADDRESS|off", "127.0.0.1:2078", "HTTP door.", SetHttp),
        new("threads", "N|auto", "auto", "Socket loops; auto: one per processor the process may use.", SetThreads),
    ];

    private static OptionSpec[] Storage() =>
    [
        new("data", "DIR", "data", "Data directory; made when missing.", SetDataDirectory),
        new("memory", "SIZE|auto", "auto", "Arena for points in memory; auto: half the memory limit, at most 2 GB.",
            SetMemory),
        new("precision", "ns|us|ms|s", null,
            "Unit of every timestamp; fixed at the first start of a data directory (us unless given).", SetPrecision),
        new("wal-sync", "MODE", "interval",
            "always: on disk before the ack; interval (= 1s) or a duration: at most that much later; off: no log.",
            SetWalSync),
        new("wal-replay", "salvage|strict", "salvage",
            "salvage: skip and report a hole in the log; strict: refuse to start.", SetWalReplay),
        new("wal-size-limit", "SIZE|off", "off",
            "Refuse writes while more points than this are in the log and not in segments.", SetWalSizeLimit),
        new("retention", "DURATION|off", "off", "Drop points older than this, counted from the newest accepted point.",
            SetRetention),
        new("retention-size", "SIZE|off", "off", "Drop the oldest points when the segments are larger than this.",
            SetRetentionSize),
        new("min-free-disk", "SIZE|SHARE", "5%",
            "Refuse writes while less than this is free on the disk; a share means at most 1 GB.", SetMinFreeDisk),
        new("future-limit", "DURATION|off", "off", "Refuse points newer than now plus this.", SetFutureLimit),
        new("timestamp-encoding", "adaptive|gorilla|delta", "adaptive",
            "Encoding of time pages; adaptive: the smaller.", SetTimestampEncoding),
        new("page-size", "POINTS", "4096",
            "Points per page that a flush writes; compaction makes pages of four times as many.", SetPagePoints),
    ];

    private static OptionSpec[] Security() =>
    [
        new("allow-origin", "ORIGIN", null,
            "Web origin that may connect, besides the request's own host; repeatable, * for any.", AddOrigins)
            { IsList = true },
        new("allow-host", "HOST", null,
            "Host header accepted on a loopback address, besides localhost; repeatable, * for any.", AddHosts)
            { IsList = true },
        new("tokens", "FILE", null, "Tokens that clients must show; see `slungd token`.", SetTokenFile),
        new("insecure", "", "false", "Allow an address other than loopback without tokens.", SetInsecure),
        new("tls-cert", "FILE", null, "TLS on both ports with this certificate chain in PEM.", SetTlsCertificate),
        new("tls-key", "FILE", null, "Its private key in PEM, not encrypted.", SetTlsKey),
    ];

    private static OptionSpec[] Protocols() =>
    [
        new("statsd", "ADDRESS|off", "off",
            "StatsD over UDP, or over the Unix datagram socket unix:PATH; repeatable.", AddStatsd) { IsList = true },
        new("statsd-flush", "DURATION", "10s", "Time between two points of a StatsD metric.", SetStatsdFlush),
        new("statsd-percentiles", "NUMBER", "50,90,95,99", "Percentiles of StatsD's timers; repeatable.",
            SetStatsdPercentiles) { IsList = true },
        new("statsd-idle", "DURATION|off", "1h", "Forget StatsD metrics that were silent for this long.",
            SetStatsdIdle),
        new("graphite", "ADDRESS|off", "off", "Graphite: lines over TCP and UDP, pickles over TCP.", SetGraphite),
        new("graphite-template", "TEMPLATE", null,
            "[FILTER] TEMPLATE [TAG=VALUE,...]: how a Graphite path becomes name and tags; repeatable, the first that "
            + "fits.", AddGraphiteTemplates) { IsList = true },
        new("otlp-grpc", "ADDRESS|off", "off", "OpenTelemetry over gRPC in clear.", SetOtlpGrpc),
        new("influx-strings", "keep|drop", "keep",
            "Text fields of InfluxDB line protocol: keep stores them as series of texts.", SetInfluxStrings),
        new("enable-feature", "NAME", null,
            $"Experimental PromQL, as Prometheus names it: {LanguageFeatures.Names}; repeatable.", AddFeatures)
            { IsList = true },
        new("wasm", "FILE", null, "Workflow to start with the daemon.", SetWorkflowFile),
        new("wasm-engine", "auto|embedded|wasmtime", "auto",
            "Runs workflows: embedded, wasmtime, or auto: Wasmtime where its library is there.", SetWasmEngine),
    ];

    private static OptionSpec[] Bounds() =>
    [
        Bound("max-series", 1_000_000, "Series ever created.", 1, 1_000_000_000,
            static (limits, n) => limits with { MaxSeries = n }),
        Bound("max-connections", 1_024,
            "WebSockets, and as many HTTP connections; fewer where memory or open files are few.", 1, 1_000_000,
            static (limits, n) => limits with { MaxConnections = n }),
        Bound("max-aliases", 1_000_000, "Series that one connection has named.", 0, 1_000_000,
            static (limits, n) => limits with { MaxAliasesPerConnection = n }),
        Bound("max-subscriptions", 64, "Subscriptions of one connection.", 0, 65_536,
            static (limits, n) => limits with { MaxSubscriptionsPerConnection = n }),
        Bound("max-queued-events", 16_384, "Events decoded but not yet stored, per socket loop.", 64, 1 << 24,
            static (limits, n) => limits with { MaxQueuedEventsPerLoop = n }),
        new("max-statsd-metrics", "N", "100000", "StatsD metrics that are remembered; more are refused.",
            SetMaxStatsdMetrics),
        SizeBound("max-head", "64KiB", "Largest head of an HTTP request.", 1 << 10, 1 << 20,
            static (limits, n) => limits with { MaxHeadBytes = n }),
        SizeBound("max-message", "16MiB", "Largest WebSocket message.", 1 << 10, 1 << 30,
            static (limits, n) => limits with { MaxMessageBytes = n }),
        SizeBound("max-body", "64MiB", "Largest body of an HTTP request.", 1 << 10, 1 << 30,
            static (limits, n) => limits with { MaxBodyBytes = n }),
        Bound("max-live-queries", 16, "Live queries of one workflow.", 0, 65_536,
            static (limits, n) => limits with { MaxLiveQueriesPerWorkflow = n }),
        Bound("max-live-total", 4_096,
            "Live queries of connections, streams and workflows together; fewer where memory is small.", 1, 1 << 20,
            static (limits, n) => limits with { MaxLiveQueries = n }),
        Bound("max-live-queue", 1_024, "Events waiting for one live query; of more the oldest are dropped.", 1, 1 << 24,
            static (limits, n) => limits with { MaxQueuedEventsPerSubscription = n }),
        Bound("max-query-samples", 50_000_000,
            "Samples that a PromQL query may hold at once; fewer where memory is small.", 1, int.MaxValue,
            static (limits, n) => limits with { MaxQuerySamples = n }),
        Bound("max-query-series", 1_000_000, "Series that a selector of PromQL may match.", 1, 1_000_000_000,
            static (limits, n) => limits with { MaxQuerySeries = n }),
        new("query-timeout", "DURATION", "2m", "Longest time that a query over history may take.", SetQueryTimeout),
        Bound("max-guest-frames", 4_096, "Calls nested in one workflow's guest.", 16, 1 << 20,
            static (limits, n) => limits with { MaxGuestFrames = n }),
        Bound("max-guest-slots", 16_384, "Stack of one guest, in slots of 8 bytes.", 256, 1 << 24,
            static (limits, n) => limits with { MaxGuestSlots = n }),
    ];

    private static OptionSpec[] Housekeeping() =>
    [
        new("log-level", "trace|debug|info|warning|error|critical", "info", "The least that is logged.", SetLogLevel),
        new("log-format", "text|json", "text", "Lines for people, or JSON objects.", SetLogFormat),
        // OptionReader reads it before all others.
        new("config", "FILE", null, "Options as JSON; without it ./slungd.json if there.", static (_, _) => null),
    ];

    private static OptionSpec Bound(string name, int preset, string help, int min, int max,
        Func<Limits, int, Limits> with) =>
        new(name, "N", preset.ToString(System.Globalization.CultureInfo.InvariantCulture), help, (options, values) =>
        {
            string? expected = OptionChecks.Number(values[0], min, max, out long number);
            if (expected is null) options.Limits = with(options.Limits, (int)number);
            return expected;
        });

    private static OptionSpec SizeBound(string name, string preset, string help, int min, int max,
        Func<Limits, int, Limits> with) =>
        new(name, "SIZE", preset, help, (options, values) =>
        {
            string? expected = OptionChecks.Size(values[0], min, max, out long bytes);
            if (expected is null) options.Limits = with(options.Limits, (int)bytes);
            return expected;
        });

    private static string? SetQueryTimeout(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.Duration(values[0], out long nanoseconds);
        TimeSpan most = TimeSpan.FromTicks(nanoseconds / 100);
        options.Limits = options.Limits with { QueryTimeout = most };
        bool fits = most >= TimeSpan.FromMilliseconds(1) && most <= TimeSpan.FromDays(1);
        return expected is null && !fits ? "a duration from 1ms to 1d" : expected;
    }

    private static string? SetGraphite(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.AddressOrOff(values[0], out IPEndPoint? address);
        options.Graphite = address;
        return expected;
    }

    private static string? SetOtlpGrpc(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.AddressOrOff(values[0], out IPEndPoint? address);
        options.OtlpGrpc = address;
        return expected;
    }

    private static string? AddGraphiteTemplates(ServeOptions options, ReadOnlySpan<string> values)
    {
        foreach (string value in values)
        {
            if (GraphiteTemplate.TryParse(value, out GraphiteTemplate? template) is { } expected) return expected;
            options.GraphiteTemplates.Add(template!);
        }
        return null;
    }

    private static string? AddStatsd(ServeOptions options, ReadOnlySpan<string> values)
    {
        if (values is ["off"]) return null;
        if (values.Length > MaxStatsdAddresses) return $"at most {MaxStatsdAddresses} addresses";
        foreach (string value in values)
        {
            if (ListenAddress.TryParseAny(value, out EndPoint? address) is { } expected) return "off, or " + expected;
            options.StatsdPlaces.Add(new DatagramPlace(address!));
        }
        return null;
    }

    private static string? SetStatsdFlush(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.Duration(values[0], out long nanoseconds);
        TimeSpan interval = TimeSpan.FromTicks(nanoseconds / 100);
        options.Statsd = options.Statsd with { FlushInterval = interval };
        bool fits = interval >= TimeSpan.FromMilliseconds(100) && interval <= TimeSpan.FromHours(1);
        return expected is null && !fits ? "a duration from 100ms to 1h" : expected;
    }

    private static string? SetStatsdPercentiles(ServeOptions options, ReadOnlySpan<string> values)
    {
        if (values is [""]) values = []; // none
        decimal[] percentiles = new decimal[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            bool fits = decimal.TryParse(values[i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out percentiles[i]) && percentiles[i] <= 100;
            if (!fits || values.Length > MaxStatsdPercentiles)
                return $"at most {MaxStatsdPercentiles} numbers from 0 to 100";
        }
        options.Statsd = options.Statsd with { Percentiles = percentiles };
        return null;
    }

    private static string? SetStatsdIdle(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.DurationOrOff(values[0], out TimeSpan? idle);
        options.Statsd = options.Statsd with { Idle = idle };
        return expected;
    }

    private static string? SetMaxStatsdMetrics(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.Number(values[0], 1, 10_000_000, out long number);
        options.Statsd = options.Statsd with { MaxMetrics = (int)number };
        return expected;
    }

    private static string? SetInfluxStrings(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.IsInfluxTextKept = values[0] == "keep";
        return OptionChecks.OneOf(values[0], "keep", "drop");
    }

    private static string? AddFeatures(ServeOptions options, ReadOnlySpan<string> values)
    {
        foreach (string value in values)
            foreach (string name in value.Split(','))
            {
                if (LanguageFeatures.With(options.PromQL, name.Trim()) is not { } more)
                    return $"one of {LanguageFeatures.Names}";
                options.PromQL = more;
            }
        return null;
    }

    private static string? SetWorkflowFile(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.WorkflowFile = values[0];
        return OptionChecks.ReadableFile(values[0]);
    }

    private static string? SetWasmEngine(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.WasmEngine = values[0];
        return OptionChecks.OneOf(values[0], EngineChoice.Auto, EngineChoice.Embedded, EngineChoice.Wasmtime);
    }

    private static string? SetListen(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = ListenAddress.TryParse(values[0], out IPEndPoint? address);
        if (expected is null) options.Listen = address!;
        return expected;
    }

    private static string? SetHttp(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.AddressOrOff(values[0], out IPEndPoint? address);
        options.Http = address;
        return expected;
    }

    private static string? SetThreads(ServeOptions options, ReadOnlySpan<string> values)
    {
        if (values[0] == "auto") return null;
        string? expected = OptionChecks.Number(values[0], 1, 256, out long number);
        options.Threads = (int)number;
        return expected is null ? null : "auto, or " + expected;
    }

    private static string? SetDataDirectory(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.DataDirectory = values[0];
        return values[0].Length == 0 ? "a directory" : PathText.Expected(values[0]);
    }

    private static string? SetMemory(ServeOptions options, ReadOnlySpan<string> values)
    {
        if (values[0] == "auto") return null;
        string? expected = OptionChecks.Size(values[0], MemoryLimits.MinArena, MemoryLimits.MaxArena, out long bytes);
        options.MemoryBytes = bytes;
        return expected is null ? null : "auto, or " + expected;
    }

    private static string? SetPrecision(ServeOptions options, ReadOnlySpan<string> values)
    {
        Precisions.TryParse(values[0], out Precision precision);
        options.Precision = precision;
        return OptionChecks.Precision(values[0]);
    }

    private static string? SetWalSync(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.WalSync(values[0], out LogSync sync);
        options.WalSync = sync;
        return expected;
    }

    private static string? SetWalReplay(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.IsWalReplayStrict = values[0] == "strict";
        return OptionChecks.OneOf(values[0], "salvage", "strict");
    }

    private static string? SetWalSizeLimit(ServeOptions options, ReadOnlySpan<string> values)
    {
        if (values[0] == "off") return null;
        string? expected = OptionChecks.Size(values[0], 1 << 20, long.MaxValue, out long bytes);
        options.WalSizeLimit = bytes;
        return expected is null ? null : "off, or " + expected;
    }

    private static string? SetRetention(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.DurationOrOff(values[0], out TimeSpan? duration);
        options.Retention = duration;
        // Less would keep the newest point of all series alone.
        return expected ?? (duration < TimeSpan.FromSeconds(1) ? "off, or a duration of at least 1s" : null);
    }

    private static string? SetRetentionSize(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.RetentionSize = null;
        if (values[0] == "off") return null;
        string? expected = OptionChecks.Size(values[0], 1 << 20, long.MaxValue, out long bytes);
        options.RetentionSize = bytes;
        return expected is null ? null : "off, or " + expected;
    }

    private static string? SetFutureLimit(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.DurationOrOff(values[0], out TimeSpan? duration);
        options.FutureLimit = duration;
        return expected;
    }

    private static string? SetMinFreeDisk(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.SizeOrShare(values[0], out double share, out long bytes);
        options.MinFreeDisk = new FreeDiskRule(share, bytes);
        return expected;
    }

    private static string? SetTimestampEncoding(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.TimestampEncoding = values[0] switch
        {
            "gorilla" => TimestampEncoding.Gorilla,
            "delta" => TimestampEncoding.Delta,
            _ => TimestampEncoding.Adaptive,
        };
        return OptionChecks.OneOf(values[0], "adaptive", "gorilla", "delta");
    }

    private static string? SetPagePoints(ServeOptions options, ReadOnlySpan<string> values)
    {
        string? expected = OptionChecks.Number(values[0], 64, 65_536, out long number);
        options.PagePoints = (int)number;
        return expected;
    }

    private static string? AddOrigins(ServeOptions options, ReadOnlySpan<string> values)
    {
        foreach (string origin in values)
            if (!OriginPolicy.IsOrigin(origin)) return "an origin such as https://example.org:8443, or null, or *";
        options.AllowedOrigins.AddRange(values);
        return null;
    }

    private static string? AddHosts(ServeOptions options, ReadOnlySpan<string> values)
    {
        foreach (string host in values)
            if (!OriginPolicy.IsHost(host)) return "a name or an address with or without a port, or *";
        options.AllowedHosts.AddRange(values);
        return null;
    }

    private static string? SetTokenFile(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.TokenFile = values[0];
        if (OptionChecks.ReadableFile(values[0]) is { } expected) return expected;
        try { TokenFile.Read(values[0]); }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return $"a token file ({e.Message})";
        }
        return null;
    }

    private static string? SetTlsCertificate(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.TlsCertificate = values[0];
        return OptionChecks.ReadableFile(values[0]);
    }

    private static string? SetTlsKey(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.TlsKey = values[0];
        return OptionChecks.ReadableFile(values[0]);
    }

    private static string? SetInsecure(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.Insecure = values[0] == "true";
        return OptionChecks.OneOf(values[0], "true", "false");
    }

    private static string? SetLogLevel(ServeOptions options, ReadOnlySpan<string> values)
    {
        (LogLevel level, string? expected) = values[0] switch
        {
            "trace" => (LogLevel.Trace, null),
            "debug" => (LogLevel.Debug, null),
            "info" => (LogLevel.Information, null),
            "warning" => (LogLevel.Warning, null),
            "error" => (LogLevel.Error, null),
            "critical" => (LogLevel.Critical, null),
            _ => (LogLevel.None, "one of trace, debug, info, warning, error, critical"),
        };
        options.LogLevel = level;
        return expected;
    }

    private static string? SetLogFormat(ServeOptions options, ReadOnlySpan<string> values)
    {
        options.LogJson = values[0] == "json";
        return OptionChecks.OneOf(values[0], "text", "json");
    }
}
