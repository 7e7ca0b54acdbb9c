using System;
using System.Collections.Generic;
using Slungd.Ingest.Http;
using Slungd.Workflows.Supervisor;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>The figures of each workflow.</summary>
internal sealed class WorkflowMetrics(WorkflowSupervisor workflows)
{
    public void Write(PrometheusText text)
    {
        text.Family("slungd_workflow_engine_info", "gauge", "1 for the engine that runs the guests.");
        text.Sample(1, "engine", workflows.EngineName);
        IReadOnlyList<WorkflowStatus> all = workflows.List();
        text.Gauge("slungd_workflows", "Workflows.", all.Count);
        if (all.Count == 0) return;
        Family(text, all, "slungd_workflow_running", "gauge", "1 while the workflow's guest runs.",
            static w => w.State == WorkflowState.Running ? 1 : 0);
        Family(text, all, "slungd_workflow_quarantined", "gauge", "1 while the workflow is in quarantine.",
            static w => w.State == WorkflowState.Quarantined ? 1 : 0);
        Family(text, all, "slungd_workflow_memory_bytes", "gauge", "Memory of the guest.", static w => w.MemoryBytes);
        Family(text, all, "slungd_workflow_live_queries", "gauge", "Live queries.", static w => w.LiveQueries);
        Family(text, all, "slungd_workflow_events_queued", "gauge", "Events that wait for the guest.",
            static w => w.EventsQueued);
        Family(text, all, "slungd_workflow_events_total", "counter", "Events handed to the guest.",
            static w => w.Counters.Events);
        Family(text, all, "slungd_workflow_events_dropped_total", "counter", "Events that no guest took.",
            static w => w.EventsDropped);
        Family(text, all, "slungd_workflow_points_written_total", "counter", "Points written.",
            static w => w.Counters.Written);
        Family(text, all, "slungd_workflow_points_refused_total", "counter", "Points refused.",
            static w => w.Counters.Refused);
        Family(text, all, "slungd_workflow_loops_cut_total", "counter", "Points refused to cut an endless loop.",
            static w => w.Counters.LoopsCut);
        Family(text, all, "slungd_workflow_queries_total", "counter", "Queries over history.",
            static w => w.Counters.Queries);
        Family(text, all, "slungd_workflow_messages_total", "counter", "Messages to connections.",
            static w => w.Counters.Messages);
        Family(text, all, "slungd_workflow_messages_failed_total", "counter", "Messages that could not be sent.",
            static w => w.Counters.MessagesFailed);
        Family(text, all, "slungd_workflow_http_calls_total", "counter", "HTTP calls.",
            static w => w.Counters.HttpCalls);
        Family(text, all, "slungd_workflow_http_failed_total", "counter", "HTTP calls without an answer.",
            static w => w.Counters.HttpFailed);
        Family(text, all, "slungd_workflow_failures_total", "counter", "Runs that did not end well.",
            static w => w.Counters.Failures);
        Family(text, all, "slungd_workflow_restarts_total", "counter", "Starts after the first one.",
            static w => w.Counters.Restarts);
        Family(text, all, "slungd_workflow_log_lines_left_out_total", "counter", "Lines above the rate.",
            static w => w.LogLinesLeftOut);
        Family(text, all, "slungd_workflow_cpu_seconds_total", "counter", "Processor time.",
            static w => WorkflowJson.Seconds(w.Counters.ProcessorTicks));
        Family(text, all, "slungd_workflow_throttled_seconds_total", "counter", "Time held back for using its share.",
            static w => WorkflowJson.Seconds(w.Counters.ThrottledTicks));
    }

    private static void Family(PrometheusText text, IReadOnlyList<WorkflowStatus> all, string name, string type,
        string help, Func<WorkflowStatus, double> value)
    {
        text.Family(name, type, help);
        foreach (WorkflowStatus workflow in all) text.Sample(value(workflow), "workflow", workflow.Name);
    }
}
