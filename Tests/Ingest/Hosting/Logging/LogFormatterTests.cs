using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Slungd.Ingest.Hosting.Logging;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Logging;

public sealed class LogFormatterTests
{
    [Fact]
    public void TextIsOneLineEvenWhenAClientSendsLines()
    {
        InvalidOperationException cause = new("a\nb");
        string line = Format(new TextLogFormatter(new StoppedClock()), "bad\r\n2026 forged", cause);
        Assert.StartsWith("2026-11-20T20:40:00.123Z warning  net[2001] bad??2026 forged: " +
            "System.InvalidOperationException: a | b", line);
        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
    }

    [Fact]
    public void JsonIsOneObjectALine()
    {
        InvalidOperationException cause = new("why");
        string line = Format(new JsonLogFormatter(new StoppedClock()), "bad\n\"quoted\"", cause);
        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
        JsonElement json = JsonDocument.Parse(line).RootElement;
        Assert.Equal("2026-11-20T20:40:00.123Z", json.GetProperty("time").GetString());
        Assert.Equal("warning", json.GetProperty("level").GetString());
        Assert.Equal("net", json.GetProperty("logger").GetString());
        Assert.Equal(2001, json.GetProperty("event").GetInt32());
        Assert.Equal("bad\n\"quoted\"", json.GetProperty("message").GetString());
        Assert.Equal(7, json.GetProperty("fields").GetProperty("Count").GetInt32());
        Assert.Contains("why", json.GetProperty("exception").GetString());
    }

    private static string Format(ConsoleFormatter formatter, string message, Exception exception)
    {
        List<KeyValuePair<string, object?>> state = [new("Count", 7L), new("{OriginalFormat}", "x")];
        LogEntry<List<KeyValuePair<string, object?>>> entry = new(LogLevel.Warning, "net", new EventId(2001), state,
            exception, (_, _) => message);
        StringWriter output = new();
        formatter.Write(entry, null, output);
        return output.ToString();
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 20, 20, 40, 0, 123, TimeSpan.Zero);
    }
}
