using System;
using System.Text.Json;
using Slungd.Workflows.Supervisor;

namespace Slungd.Ingest.Http;

/// <summary>Workflows as JSON (docs/workflows.md).</summary>
internal static class WorkflowJson
{
    /// <summary>Writes the members of one, its configuration when it may be seen.</summary>
    public static void Write(Utf8JsonWriter json, WorkflowStatus status, bool hasConfig)
    {
        json.WriteString("name"u8, status.Name);
        json.WriteString("state"u8, StateText(status.State));
        if (status.Started is { } started) json.WriteString("started"u8, started);
        json.WriteNumber("module_bytes"u8, status.ModuleBytes);
        json.WriteNumber("memory_bytes"u8, status.MemoryBytes);
        json.WriteNumber("live_queries"u8, status.LiveQueries);
        json.WriteNumber("events_queued"u8, status.EventsQueued);
        if (hasConfig)
        {
            json.WritePropertyName("config"u8);
            status.Config.Write(json);
        }
        WorkflowCounters counters = status.Counters;
        json.WriteStartObject("counters"u8);
        json.WriteNumber("events"u8, counters.Events);
        json.WriteNumber("events_dropped"u8, status.EventsDropped);
        json.WriteNumber("written"u8, counters.Written);
        json.WriteNumber("refused"u8, counters.Refused);
        json.WriteNumber("loops_cut"u8, counters.LoopsCut);
        json.WriteNumber("queries"u8, counters.Queries);
        json.WriteNumber("messages"u8, counters.Messages);
        json.WriteNumber("messages_failed"u8, counters.MessagesFailed);
        json.WriteNumber("http_calls"u8, counters.HttpCalls);
        json.WriteNumber("http_failed"u8, counters.HttpFailed);
        json.WriteNumber("failures"u8, counters.Failures);
        json.WriteNumber("restarts"u8, counters.Restarts);
        json.WriteNumber("log_lines_left_out"u8, status.LogLinesLeftOut);
        json.WriteNumber("cpu_seconds"u8, Seconds(counters.ProcessorTicks));
        json.WriteNumber("throttled_seconds"u8, Seconds(counters.ThrottledTicks));
        json.WriteEndObject();
        if (status.LastError is { } error) json.WriteString("last_error"u8, error);
        if (status.LastTrap is { } trap) json.WriteString("last_trap"u8, trap);
    }

    public static void Write(Utf8JsonWriter json, LogLine line)
    {
        json.WriteStartObject();
        json.WriteString("time"u8, line.Time);
        json.WriteString("stream"u8, line.Stream switch { 0 => "host"u8, 1 => "stdout"u8, _ => "stderr"u8 });
        json.WriteString("text"u8, line.Text);
        json.WriteEndObject();
    }

    public static double Seconds(long ticks) => (double)ticks / TimeSpan.TicksPerSecond;

    private static string StateText(WorkflowState state) => state switch
    {
        WorkflowState.Starting => "starting",
        WorkflowState.Running => "running",
        WorkflowState.Waiting => "waiting",
        WorkflowState.Ended => "ended",
        WorkflowState.Quarantined => "quarantined",
        WorkflowState.NotLoaded => "not loaded",
        _ => "stopped",
    };
}
