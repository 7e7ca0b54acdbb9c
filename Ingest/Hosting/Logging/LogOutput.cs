using System;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting.Logging;

/// <summary>Builds the logger of the daemon: the console logger with our two formats, all on standard error, made
/// without a service container (that costs milliseconds of the start).</summary>
internal static class LogOutput
{
    public static ILoggerFactory Create(ServeOptions options, TimeProvider clock)
    {
        ConsoleFormatter[] formatters = [new TextLogFormatter(clock), new JsonLogFormatter(clock)];
        ConsoleLoggerOptions console = new()
        {
            FormatterName = options.LogJson ? JsonLogFormatter.FormatName : TextLogFormatter.FormatName,
            LogToStandardErrorThreshold = LogLevel.Trace,
            MaxQueueLength = 1024,
            // A terminal that hangs must never stop ingest.
            QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite,
        };
        LoggerFilterOptions filter = new() { MinLevel = options.LogLevel };
        // Kestrel tells at debug level what every client does; that is its business unless somebody asks for trace.
        if (options.LogLevel > LogLevel.Trace)
            filter.Rules.Add(new LoggerFilterRule(null, "Microsoft", LogLevel.Warning, null));
        // Who wants to hear only of trouble still wants to know who deleted what.
        filter.Rules.Add(new LoggerFilterRule(null, "audit", LogLevel.Information, null));
        // It quotes heads that are none, and with them the tokens in them.
        filter.Rules.Add(new LoggerFilterRule(null, "Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Warning,
            null));
        LoggerFactory factory = new([], filter);
        // Added, not passed in: then the factory disposes it, which writes out what is queued.
        factory.AddProvider(new ConsoleLoggerProvider(new FixedOptions(console), formatters));
        return factory;
    }

    /// <summary>Options that never change.</summary>
    private sealed class FixedOptions(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
