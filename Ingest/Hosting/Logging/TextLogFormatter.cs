using System;
using System.Globalization;
using System.IO;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Slungd.Ingest.Hosting.Logging;

/// <summary>One line a message: `2026-11-20T20:40:00.123Z info  daemon[1000] text`. Control characters in a message,
/// which may quote what a client sent, become `?`, so that nobody can forge a line.</summary>
internal sealed class TextLogFormatter(TimeProvider clock) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "slungd-text";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        string message = entry.Formatter(entry.State, entry.Exception);
        output.Write(clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        output.Write(' ');
        output.Write(LevelName(entry.LogLevel).PadRight(8));
        output.Write(' ');
        output.Write(entry.Category);
        output.Write('[');
        output.Write(entry.EventId.Id);
        output.Write("] ");
        WritePlain(output, message);
        if (entry.Exception is { } exception)
        {
            output.Write(": ");
            WritePlain(output, exception.ToString().ReplaceLineEndings(" | "));
        }
        output.Write('\n');
    }

    public static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };

    private static void WritePlain(TextWriter output, string text)
    {
        foreach (char c in text) output.Write(char.IsControl(c) ? '?' : c);
    }
}
