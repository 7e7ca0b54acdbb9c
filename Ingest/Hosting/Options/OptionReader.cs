using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Net;
using Slungd.Ingest.Hosting.Activation;
using Slungd.Ingest.Net;
using Slungd.Native.Os;
using Slungd.Workflows.Wasmtime;

namespace Slungd.Ingest.Hosting.Options;

/// <summary>Merges the three sources, command line before environment before slungd.json before the default, and checks
/// the chosen values.</summary>
internal static class OptionReader
{
    /// <param name="commandLine">The texts given for an option, or null.</param>
    /// <param name="environment">Name to value.</param>
    /// <param name="directory">Where slungd.json is looked for.</param>
    /// <param name="errors">Receives every mistake; the options are usable only when none was added.</param>
    public static ServeOptions Read(Func<OptionSpec, string[]?> commandLine, IDictionary environment, string directory,
        List<string> errors)
    {
        ServeOptions options = new();
        Dictionary<string, OptionValue> file = ReadFile(commandLine, environment, directory, errors);
        foreach (OptionSpec spec in OptionTable.All)
        {
            OptionValue? chosen = Choose(spec, commandLine, environment, file);
            if (chosen is { } value) Apply(spec, options, value, errors);
            else if (spec.Default is { } preset)
                Apply(spec, options, new OptionValue(Split(spec, [preset]), spec.CommandLineName), errors);
            options.Texts[spec.Name] = chosen is { } given ? string.Join(',', given.Texts) : spec.Default ?? "";
        }
        if (environment[EngineChoice.Variable] is string { Length: > 0 } library) options.WasmtimeLibrary = library;
        WarnOfUnknownVariables(environment, options);
        if (errors.Count == 0 && options.TlsCertificate is null != options.TlsKey is null)
            errors.Add("--tls-cert and --tls-key: expected both or neither");
        if (errors.Count == 0) PassedSockets.Apply(environment, options, errors);
        if (errors.Count == 0) CheckExposure(options, errors);
        if (errors.Count == 0 && options.Precision is { } precision
            && OptionChecks.StatsdFlush(options, precision) is { } mistake) errors.Add(mistake);
        return options;
    }

    /// <summary>What the sources say about one option, for commands that talk to a daemon: they are told like it.
    /// </summary>
    /// <param name="name">The option.</param>
    /// <param name="given">What the command's own line says, or null.</param>
    /// <returns>Null when nobody says anything. A config file with mistakes is the daemon's business.</returns>
    public static OptionValue? Find(string name, string? given)
    {
        Func<OptionSpec, string[]?> commandLine = spec => spec.Name == name && given is not null ? [given] : null;
        IDictionary environment = Environment.GetEnvironmentVariables();
        OptionSpec spec = OptionTable.Find(name)!;
        if (Choose(spec, commandLine, environment, []) is { } near) return near;
        return Choose(spec, commandLine, environment,
            ReadFile(commandLine, environment, WorkingDirectory.Path, []));
    }

    private static OptionValue? Choose(OptionSpec spec, Func<OptionSpec, string[]?> commandLine,
        IDictionary environment, Dictionary<string, OptionValue> file)
    {
        if (commandLine(spec) is { } given) return new OptionValue(Split(spec, given), spec.CommandLineName);
        // An empty variable counts as absent: deployment templates leave them so.
        if (environment[spec.EnvironmentName] is string { Length: > 0 } text)
            return new OptionValue(Split(spec, [text]), spec.EnvironmentName);
        if (!file.TryGetValue(spec.Name, out OptionValue value)) return null;
        return value with { Texts = Split(spec, value.Texts) };
    }

    /// <summary>The items of a list. Of texts without any one that is empty is left, for the option to judge.</summary>
    private static string[] Split(OptionSpec spec, string[] texts)
    {
        if (!spec.IsList || texts.Length == 0) return texts;
        string[] items = string.Join(',', texts)
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return items.Length == 0 ? [""] : items;
    }

    private static void Apply(OptionSpec spec, ServeOptions options, OptionValue value, List<string> errors)
    {
        string? expected = value.Texts.Length == 1 || spec.IsList ? spec.Apply(options, value.Texts) : "one value";
        if (expected is null) return;
        errors.Add(OptionChecks.Mistake(value.Where, expected, string.Join(", ", value.Texts)));
    }

    private static Dictionary<string, OptionValue> ReadFile(Func<OptionSpec, string[]?> commandLine,
        IDictionary environment, string directory, List<string> errors)
    {
        OptionValue? named = Choose(OptionTable.Find("config")!, commandLine, environment, []);
        string path = named is { } value ? value.Texts[0] : Path.Combine(directory, ConfigFile.DefaultName);
        if (named is null && !File.Exists(path)) return [];
        if (named is { } given && OptionChecks.FilePath(path) is { } expected)
        {
            errors.Add(OptionChecks.Mistake(given.Where, expected, path));
            return [];
        }
        return ConfigFile.Read(path, errors);
    }

    private static void WarnOfUnknownVariables(IDictionary environment, ServeOptions options)
    {
        List<string> unknown = [];
        foreach (DictionaryEntry entry in environment)
        {
            if (entry.Key is not string name || !name.StartsWith("SLUNGD_", StringComparison.Ordinal)) continue;
            bool known = Array.Exists(OptionTable.All, spec => spec.EnvironmentName == name)
                || Array.IndexOf(OptionTable.OtherVariables, name) >= 0;
            if (!known) unknown.Add(name);
        }
        unknown.Sort(StringComparer.Ordinal);
        if (unknown.Count == 0) return;
        options.Warnings.Add("unknown environment variables, ignored: " + string.Join(", ", unknown));
    }

    /// <summary>A door that others can reach needs tokens, or an operator who said that it is meant so (design,
    /// section 10).</summary>
    private static void CheckExposure(ServeOptions options, List<string> errors)
    {
        if (options.Insecure) return;
        CheckTokenless("--graphite", "Graphite", options.Graphite);
        CheckTokenless("--graphite", "Graphite", options.GraphiteDatagrams?.Address);
        foreach (DatagramPlace place in options.StatsdPlaces) CheckTokenless("--statsd", "StatsD", place.Address);
        if (options.TokenFile is not null) return;
        if (!ListenAddress.IsLoopback(options.Listen)) errors.Add(Exposed("--listen", options.Listen));
        if (options.Http is { } http && !ListenAddress.IsLoopback(http)) errors.Add(Exposed("--http", http));
        if (options.OtlpGrpc is { } grpc && !ListenAddress.IsLoopback(grpc)) errors.Add(Exposed("--otlp-grpc", grpc));

        void CheckTokenless(string option, string protocol, EndPoint? address)
        {
            if (address is IPEndPoint place && !ListenAddress.IsLoopback(place))
                errors.Add($"{option} {place} can be reached from other machines, and {protocol} knows no tokens: give "
                    + "--insecure when that is meant");
        }
    }

    private static string Exposed(string option, IPEndPoint address) =>
        $"{option} {address} can be reached from other machines: give --tokens FILE, or --insecure when that is meant";
}
