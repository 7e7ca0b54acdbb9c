using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Net;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Protocols.Statsd;
using Slungd.Tests.EndToEnd;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Options;

public sealed class OptionReaderTests
{
    [Fact]
    public void DefaultsAreThoseOfTheDesign()
    {
        ServeOptions options = Read(out List<string> errors);
        Assert.Empty(errors);
        Assert.Empty(options.Warnings);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 2077), options.Listen);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 2078), options.Http);
        Assert.Null(options.Precision);
        Assert.Null(options.Retention);
        StoreOptions store = new();
        Assert.Equal(store.MinFreeDisk, options.MinFreeDisk);
        Assert.Equal(store.PagePoints, options.PagePoints);
        Assert.Equal(store.LogSync, options.WalSync);
        Assert.Equal(store.IsReplayStrict, options.IsWalReplayStrict);
        Assert.Equal(store.LogSizeLimit, options.WalSizeLimit);
        Assert.Equal(store.Timestamps, options.TimestampEncoding);
        Assert.Equal(LogLevel.Information, options.LogLevel);
        Assert.False(options.LogJson);
        Assert.False(options.Insecure);
        Assert.Null(options.MemoryBytes);
        Assert.Null(options.Threads);
        Assert.Null(options.FutureLimit);
        // The options' own defaults must not drift from those the engine has without options.
        Assert.Equal(new Limits(), options.Limits);
        StatsdOptions statsd = new();
        Assert.Equal(statsd.Percentiles, options.Statsd.Percentiles);
        Assert.Equal(statsd, options.Statsd with { Percentiles = statsd.Percentiles });
        Assert.Empty(options.StatsdPlaces);
    }

    [Fact]
    public void APathThatLostItsBytesIsRefused()
    {
        Read(out List<string> errors, new() { ["data"] = ["d\uFFFDj"] });
        Assert.StartsWith("--data: expected a path in UTF-8", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ms", "s", "ns", Precision.Milliseconds)]
    [InlineData(null, "s", "ns", Precision.Seconds)]
    [InlineData(null, null, "ns", Precision.Nanoseconds)]
    [InlineData(null, "", "ns", Precision.Nanoseconds)]
    [InlineData(null, null, null, null)]
    internal void CommandLineWinsOverEnvironmentOverFile(string? commandLine, string? environment, string? file,
        Precision? expected)
    {
        ServeOptions options = Read(out List<string> errors,
            commandLine is null ? [] : new() { ["precision"] = [commandLine] },
            environment is null ? [] : new() { ["SLUNGD_PRECISION"] = environment },
            file is null ? null : $$"""{"precision": "{{file}}"}""");
        Assert.Empty(errors);
        Assert.Equal(expected, options.Precision);
    }

    [Fact]
    public void EveryOptionHasOneEnvironmentNameAndReadsIt()
    {
        HashSet<string> names = [];
        foreach (OptionSpec spec in OptionTable.All) Assert.True(names.Add(spec.EnvironmentName), spec.EnvironmentName);
        Assert.Contains("SLUNGD_WAL_SYNC", names);

        ServeOptions options = Read(out List<string> errors, environment: new()
        {
            ["SLUNGD_LISTEN"] = "[::1]:0", ["SLUNGD_HTTP"] = "off", ["SLUNGD_MEMORY"] = "64MiB",
            ["SLUNGD_THREADS"] = "3",
            ["SLUNGD_MAX_MESSAGE"] = "1M", ["SLUNGD_ALLOW_ORIGIN"] = "https://a.example, https://b.example",
            ["SLUNGD_FUTURE_LIMIT"] = "10 min", ["SLUNGD_LOG_FORMAT"] = "json", ["SLUNGD_INSECURE"] = "true",
        });
        Assert.Empty(errors);
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 0), options.Listen);
        Assert.Null(options.Http);
        Assert.Equal(64L << 20, options.MemoryBytes);
        Assert.Equal(3, options.Threads);
        Assert.Equal(1 << 20, options.Limits.MaxMessageBytes);
        Assert.Equal(["https://a.example", "https://b.example"], options.AllowedOrigins);
        Assert.Equal(TimeSpan.FromMinutes(10), options.FutureLimit);
        Assert.True(options.LogJson);
        Assert.True(options.Insecure);
    }

    [Theory]
    [InlineData("listen", "2077")]
    [InlineData("http", "none")]
    [InlineData("memory", "lots")]
    [InlineData("memory", "4GB")]
    [InlineData("threads", "0")]
    [InlineData("precision", "minutes")]
    [InlineData("wal-sync", "sometimes")]
    [InlineData("wal-sync", "0s")]
    [InlineData("wal-sync", "2h")]
    [InlineData("wal-size-limit", "1K")]
    [InlineData("wal-replay", "yes")]
    [InlineData("retention", "30")]
    [InlineData("retention", "0s")]
    [InlineData("retention", "999ms")]
    [InlineData("retention-size", "2 XB")]
    [InlineData("min-free-disk", "101%")]
    [InlineData("future-limit", "-1h")]
    [InlineData("timestamp-encoding", "zip")]
    [InlineData("page-size", "1")]
    [InlineData("statsd", "8125")]
    [InlineData("statsd", "unix:")]
    [InlineData("statsd-flush", "10ms")]
    [InlineData("statsd-percentiles", "101")]
    [InlineData("statsd-percentiles", "-1")]
    [InlineData("statsd-idle", "soon")]
    [InlineData("max-statsd-metrics", "0")]
    [InlineData("wasm", "/no/such/file.wasm")]
    [InlineData("wasm-engine", "v8")]
    [InlineData("tls-cert", "/no/such/cert.pem")]
    [InlineData("tokens", "/no/such/tokens")]
    [InlineData("allow-origin", "evil")]
    [InlineData("allow-host", "http://box")]
    [InlineData("log-level", "loud")]
    [InlineData("log-format", "xml")]
    [InlineData("max-series", "-5")]
    [InlineData("max-message", "16TiB")]
    public void AWrongValueNamesItsPlaceAndWhatWasExpected(string name, string text)
    {
        Read(out List<string> errors, new() { [name] = [text] });
        string error = Assert.Single(errors);
        Assert.StartsWith($"--{name}: expected ", error);
        Assert.EndsWith($", got \"{text}\"", error);

        string variable = "SLUNGD_" + name.Replace('-', '_').ToUpperInvariant();
        Read(out errors, environment: new() { [variable] = text });
        Assert.StartsWith($"{variable}: expected ", Assert.Single(errors));
    }

    [Theory]
    [InlineData("allow-origin", "")]
    [InlineData("allow-origin", " , ")]
    [InlineData("allow-host", "")]
    [InlineData("statsd", "")]
    [InlineData("graphite-template", "")]
    [InlineData("enable-feature", "")]
    public void AListWithNothingInItIsAWrongValue(string name, string text)
    {
        Read(out List<string> errors, new() { [name] = [text] });
        Assert.StartsWith($"--{name}: expected ", Assert.Single(errors));
    }

    [Fact]
    public void PercentilesMayBeNone()
    {
        ServeOptions options = Read(out List<string> errors, new() { ["statsd-percentiles"] = [""] });
        Assert.Empty(errors);
        Assert.Empty(options.Statsd.Percentiles);
    }

    [Theory]
    [InlineData("always", LogSyncMode.Always, 0)]
    [InlineData("off", LogSyncMode.Off, 0)]
    [InlineData("interval", LogSyncMode.Interval, 1000)]
    [InlineData("10s", LogSyncMode.Interval, 10_000)]
    [InlineData("50 ms", LogSyncMode.Interval, 50)]
    internal void TheLogsModeIsRead(string text, LogSyncMode mode, int milliseconds)
    {
        ServeOptions options = Read(out List<string> errors, new() { ["wal-sync"] = [text] });
        Assert.Empty(errors);
        Assert.Equal(new LogSync(mode, TimeSpan.FromMilliseconds(milliseconds)), options.WalSync);
    }

    [Theory]
    [InlineData("250ms", "s", "127.0.0.1:8125", false)]
    [InlineData("250ms", "s", "off", true)]
    [InlineData("250ms", "ms", "127.0.0.1:8125", true)]
    [InlineData("1s", "s", "127.0.0.1:8125", true)]
    public void StatsdsIntervalIsNoShorterThanTheStoresUnit(string flush, string precision, string place, bool fits)
    {
        Read(out List<string> errors,
            new() { ["statsd-flush"] = [flush], ["precision"] = [precision], ["statsd"] = [place] });
        string expected = "--statsd-flush: expected at least 1s, the unit of timestamps in the store (--precision), "
            + $"got \"{flush}\"";
        Assert.Equal(fits ? [] : [expected], errors);
    }

    [Fact]
    public void StatsdKnowsNoTokensAndListensInSeveralPlaces()
    {
        using var folder = new DataFolder();
        File.WriteAllText(folder.Path + "/tokens", "");
        Dictionary<string, string[]> given = new()
        {
            ["statsd"] = ["127.0.0.1:8125", "unix:/run/slungd/statsd", "0.0.0.0:8125"],
            ["tokens"] = [folder.Path + "/tokens"],
            ["statsd-percentiles"] = ["50", "99.9"], ["statsd-flush"] = ["1s"], ["statsd-idle"] = ["off"],
        };
        Read(out List<string> errors, given);
        Assert.Contains("--statsd 0.0.0.0:8125 can be reached", Assert.Single(errors));
        given["insecure"] = ["true"];
        ServeOptions options = Read(out errors, given);
        Assert.Empty(errors);
        Assert.Equal(["127.0.0.1:8125", "/run/slungd/statsd", "0.0.0.0:8125"],
            options.StatsdPlaces.ConvertAll(static place => place.Address.ToString()));
        Assert.Equal([50m, 99.9m], options.Statsd.Percentiles);
        Assert.Equal((TimeSpan.FromSeconds(1), null), (options.Statsd.FlushInterval, options.Statsd.Idle));
    }

    [Fact]
    public void GraphiteKnowsNoTokens()
    {
        using var folder = new DataFolder();
        File.WriteAllText(folder.Path + "/tokens", "");
        Dictionary<string, string[]> given = new()
        {
            ["graphite"] = ["0.0.0.0:2003"], ["tokens"] = [folder.Path + "/tokens"],
        };
        Read(out List<string> errors, given);
        Assert.Contains(errors, static error => error.Contains("--graphite 0.0.0.0:2003"));
        given["insecure"] = ["true"];
        given["graphite-template"] = ["servers.* .host.measurement*", "measurement*"];
        ServeOptions options = Read(out errors, given);
        Assert.Equal((2003, 2), (options.Graphite!.Port, options.GraphiteTemplates.Count));
        given["graphite-template"] = ["host"];
        Read(out errors, given);
        Assert.Contains(errors, static error => error.Contains("a template with a part measurement"));
    }

    [Fact]
    public void UnknownVariablesGetOneWarning()
    {
        ServeOptions options = Read(out List<string> errors, environment: new()
        {
            ["SLUNGD_SERVICE_HOST"] = "10.0.0.1", ["SLUNGD_PORT"] = "tcp://10.0.0.1:2077",
            ["SLUNGD_KERNEL"] = "scalar", ["PATH"] = "/bin",
        });
        Assert.Empty(errors);
        string warning = Assert.Single(options.Warnings);
        Assert.Equal("unknown environment variables, ignored: SLUNGD_PORT, SLUNGD_SERVICE_HOST", warning);
    }

    [Theory]
    [InlineData("listen", "0.0.0.0:2077")]
    [InlineData("listen", "[::]:2077")]
    [InlineData("http", "192.0.2.1:80")]
    public void AnOpenDoorNeedsConsent(string name, string address)
    {
        Read(out List<string> errors, new() { [name] = [address] });
        string error = Assert.Single(errors);
        Assert.Contains($"--{name} {address}", error);
        Assert.Contains("--tokens", error);
        Assert.Contains("--insecure", error);
        Read(out errors, new() { [name] = [address], ["insecure"] = ["true"] });
        Assert.Empty(errors);
    }

    [Fact]
    public void TokensOpenADoor()
    {
        string file = Path.GetTempFileName();
        try
        {
            Read(out List<string> errors, new() { ["listen"] = ["0.0.0.0:2077"], ["tokens"] = [file] });
            Assert.Empty(errors);
            File.WriteAllText(file, "nonsense");
            Read(out errors, new() { ["listen"] = ["0.0.0.0:2077"], ["tokens"] = [file] });
            Assert.Contains("line 1: expected name scopes sha256:hash", Assert.Single(errors));
        }
        finally { File.Delete(file); }
    }

    private static ServeOptions Read(out List<string> errors, Dictionary<string, string[]>? commandLine = null,
        Hashtable? environment = null, string? file = null)
    {
        errors = [];
        string directory = Directory.CreateTempSubdirectory("slungd-options-").FullName;
        try
        {
            if (file is not null) File.WriteAllText(Path.Combine(directory, ConfigFile.DefaultName), file);
            environment ??= [];
            return OptionReader.Read(spec => commandLine?.GetValueOrDefault(spec.Name), environment, directory, errors);
        }
        finally { Directory.Delete(directory, true); }
    }
}
