using System;
using System.Collections.Generic;
using System.Net;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.Wal;
using Slungd.Ingest.Net;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Ingest.Protocols.Statsd;
using Slungd.Engine.Store;

namespace Slungd.Ingest.Hosting.Options;

/// <summary>The checked options of `serve`. <see cref="OptionTable"/> fills it, the defaults included.</summary>
internal sealed class ServeOptions
{
    public IPEndPoint Listen { get; set; } = null!;

    /// <summary>Null: no HTTP door.</summary>
    public IPEndPoint? Http { get; set; }

    /// <summary>Descriptors of sockets that were passed to the process and listen at these addresses; null: the
    /// address is to be bound. See <see cref="Activation.PassedSockets"/>.</summary>
    public int? ListenSocket { get; set; }

    /// <inheritdoc cref="ListenSocket"/>
    public int? HttpSocket { get; set; }

    /// <inheritdoc cref="ListenSocket"/>
    public int? OtlpGrpcSocket { get; set; }

    /// <inheritdoc cref="ListenSocket"/>
    public int? GraphiteSocket { get; set; }

    public string DataDirectory { get; set; } = null!;

    /// <summary>The arena's bytes; null: half the memory limit, at most 2 GB.</summary>
    public long? MemoryBytes { get; set; }

    /// <summary>Socket loops; null: one per processor.</summary>
    public int? Threads { get; set; }

    /// <summary>Null: the data directory's, microseconds in a new one.</summary>
    public Precision? Precision { get; set; }

    public LogSync WalSync { get; set; }

    public bool IsWalReplayStrict { get; set; }

    /// <summary>long.MaxValue: none.</summary>
    public long WalSizeLimit { get; set; } = long.MaxValue;

    /// <summary>Null: points are kept for ever.</summary>
    public TimeSpan? Retention { get; set; }

    /// <summary>Bytes of segments; null: no limit.</summary>
    public long? RetentionSize { get; set; }

    /// <summary>How far ahead of the clock a point may lie; null: any distance.</summary>
    public TimeSpan? FutureLimit { get; set; }

    public FreeDiskRule MinFreeDisk { get; set; }

    public TimestampEncoding TimestampEncoding { get; set; }

    /// <summary>Points of a full page.</summary>
    public int PagePoints { get; set; }

    /// <summary>Origins besides a request's own host.</summary>
    public List<string> AllowedOrigins { get; } = [];

    /// <summary>Host names besides localhost on a loopback listener.</summary>
    public List<string> AllowedHosts { get; } = [];

    /// <summary>What PromQL may do; see <see cref="LanguageFeatures"/>.</summary>
    public PromQLOptions PromQL { get; set; } = LanguageFeatures.Usual;

    /// <summary>The operator accepts a door without authentication.</summary>
    public bool Insecure { get; set; }

    public string? TokenFile { get; set; }

    /// <summary>PEM; null: in clear.</summary>
    public string? TlsCertificate { get; set; }

    public string? TlsKey { get; set; }

    /// <summary>Null: no Graphite door.</summary>
    public IPEndPoint? Graphite { get; set; }

    /// <summary>A socket that was passed for Graphite's datagrams; null: they are taken where its lines are.</summary>
    public DatagramPlace? GraphiteDatagrams { get; set; }

    /// <summary>Null: no OpenTelemetry over gRPC.</summary>
    public IPEndPoint? OtlpGrpc { get; set; }

    /// <summary>From a path to tags; the first that fits.</summary>
    public List<GraphiteTemplate> GraphiteTemplates { get; } = [];

    public List<DatagramPlace> StatsdPlaces { get; } = [];

    public StatsdOptions Statsd { get; set; } = new();

    /// <summary>Text fields of line protocol are stored; else they are left out.</summary>
    public bool IsInfluxTextKept { get; set; }

    /// <summary>A module to run besides those in the data directory.</summary>
    public string? WorkflowFile { get; set; }

    /// <summary>A name of EngineChoice.</summary>
    public string WasmEngine { get; set; } = null!;

    /// <summary>Wasmtime's library; null: where it is usually found.</summary>
    public string? WasmtimeLibrary { get; set; }

    public LogLevel LogLevel { get; set; }

    public bool LogJson { get; set; }

    public Limits Limits { get; set; } = new();

    /// <summary>What is in effect, by the options' names, as it was given or by default. Holds no secrets: those stand
    /// in files that options only name.</summary>
    public SortedDictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    /// <summary>Things worth a word at start that are no errors: options without effect, unknown variables.</summary>
    public List<string> Warnings { get; } = [];
}
