using System;
using System.Linq;
using Slungd.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.Workflows.Supervisor;

/// <summary>What a guest can't do to the daemon, and what is said about it.</summary>
public sealed class HostileGuestsTests
{
    private static readonly WorkflowLimits Quick = new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(1), MaxFailures = 3, BusyLimit = TimeSpan.FromMilliseconds(30),
        SwitchPatience = TimeSpan.FromMilliseconds(20),
    };

    [Fact]
    public void Repeated_traps_end_in_quarantine_with_a_backtrace()
    {
        using SupervisorRig rig = new(Quick);
        rig.Deploy("bad", Guests.Trap());
        rig.UntilState("bad", WorkflowState.Quarantined);
        WorkflowStatus status = rig.Status("bad");
        Assert.Equal((3, 2), (status.Counters.Failures, status.Counters.Restarts));
        Assert.Equal("unreachable", status.LastError);
        Assert.Contains("0: call (func[1], module offset 0x", status.LastTrap);
        rig.Deploy("bad", Guests.Print("better", 0));
        Assert.NotEqual(WorkflowState.Quarantined, rig.Status("bad").State);
        rig.UntilState("bad", WorkflowState.Ended);
        Assert.Equal(["better"], rig.Lines("bad"));
    }

    [Fact]
    public void Restart_lifts_the_quarantine()
    {
        using SupervisorRig rig = new(Quick);
        rig.Deploy("bad", Guests.Print("x", 2));
        rig.UntilState("bad", WorkflowState.Quarantined);
        Assert.Equal("call returned 2", rig.Status("bad").LastError);
        Assert.Equal(DeployAnswer.Done, rig.Supervisor.Restart("bad"));
        SupervisorRig.Until("tried again", () => rig.Status("bad").Counters.Failures == 6);
    }

    [Fact]
    public void A_guest_that_spins_is_found_out()
    {
        using SupervisorRig rig = new(Quick);
        rig.Deploy("spin", Guests.Spin());
        rig.UntilState("spin", WorkflowState.Quarantined);
        Assert.Equal("0.03 s of processor time without a call to the host", rig.Status("spin").LastError);
        Assert.True(rig.Status("spin").Counters.ProcessorTicks > 0);
    }

    [Fact]
    public void A_spinning_guest_is_replaced_removed_and_stopped()
    {
        using SupervisorRig rig = new(Quick with { BusyLimit = TimeSpan.FromHours(1) });
        rig.Deploy("spin", Guests.Spin());
        rig.Deploy("other", Guests.Spin());
        rig.UntilState("spin", WorkflowState.Running);
        rig.Deploy("spin", Guests.Print("at last", 0));
        rig.UntilState("spin", WorkflowState.Ended);
        rig.Deploy("spin", Guests.Spin());
        rig.UntilState("spin", WorkflowState.Running);
        Assert.Equal(DeployAnswer.Done, rig.Supervisor.Remove("spin"));
    }

    [Fact]
    public void A_share_of_the_processor_is_kept()
    {
        using SupervisorRig rig = new(Quick with { BusyLimit = TimeSpan.FromHours(1) });
        rig.Configure("spin", """{"cpu":0.05}""");
        rig.Deploy("spin", Guests.Spin());
        SupervisorRig.Until("throttled", () => rig.Status("spin").Counters.ThrottledTicks > 0);
    }

    [Fact]
    public void Memory_ends_where_the_configuration_says()
    {
        using SupervisorRig rig = new(Quick with { BusyLimit = TimeSpan.FromHours(1) });
        rig.Configure("bomb", """{"memory":4194304}""");
        rig.Deploy("bomb", Guests.Bomb());
        SupervisorRig.Until("full", () => rig.Status("bomb").MemoryBytes == 2 * 65_536 + 3 * 16 * 65_536);
        rig.Deploy("huge", Guests.Huge());
        rig.UntilState("huge", WorkflowState.Quarantined);
        Assert.Equal(1, rig.Status("huge").Counters.Failures);
    }

    [Fact]
    public void Deep_recursion_is_a_trap()
    {
        using SupervisorRig rig = new(Quick);
        rig.Deploy("deep", Guests.Recurse());
        rig.UntilState("deep", WorkflowState.Quarantined);
        Assert.EndsWith($"\n  and {4_096 - 64} more", rig.Status("deep").LastTrap);
    }

    [Fact]
    public void The_stack_has_as_many_frames_and_slots_as_there_may_be()
    {
        using SupervisorRig rig = new(Quick with { StackFrames = 100, StackSlots = 1_000 });
        rig.Deploy("frames", Guests.Recurse());
        rig.Deploy("slots", Guests.Recurse(locals: 50));
        rig.UntilState("frames", WorkflowState.Quarantined);
        rig.UntilState("slots", WorkflowState.Quarantined);
        Assert.EndsWith("\n  and 36 more", rig.Status("frames").LastTrap);
        Assert.InRange(rig.Status("slots").LastTrap!.Split('\n').Length, 1_000 / 60, 1_000 / 50 + 2);
    }

    [Fact]
    public void A_trap_in_the_allocator_fails_the_guest()
    {
        using SupervisorRig rig = new(Quick);
        rig.Deploy("bad", Guests.BadAllocator("AVG:temp:[]"));
        for (int i = 0; i < 3; i++)
        {
            int failures = i;
            SupervisorRig.Until("listening", () =>
                rig.Hub.Subscriptions == 1 && rig.Status("bad").Counters.Failures == failures);
            rig.Send("temp", i, 1);
            SupervisorRig.Until("failed", () => rig.Status("bad").Counters.Failures > failures);
        }
        rig.UntilState("bad", WorkflowState.Quarantined);
        Assert.Equal(0, rig.Hub.Subscriptions);
    }

    [Fact]
    public void Pointers_that_lead_nowhere_are_refused()
    {
        using SupervisorRig rig = new(Quick);
        rig.Deploy("bad", Guests.BadPointers());
        rig.UntilState("bad", WorkflowState.Ended);
        Assert.Null(rig.Status("bad").LastError);
        Assert.Equal((0, 0), (rig.Status("bad").Counters.Written, rig.Outbound.Sent.Length));
        Assert.Equal((20, 10), (rig.Status("bad").Counters.Refused, rig.Status("bad").Counters.HttpFailed));
        Assert.Contains(rig.Lines("bad"), static line => line.StartsWith("a write was refused: expected a Region"));
        Assert.Empty(rig.Outbound.Called);
    }

    [Fact]
    public void Handles_can_t_be_guessed()
    {
        using SupervisorRig rig = new(Quick);
        rig.Deploy("owner", Guests.Echo("AVG:temp:[]", 1));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        rig.Deploy("guesser", Guests.HandleGuesser());
        SupervisorRig.Until("done", () => rig.Status("guesser").State != WorkflowState.Running);
        rig.Send("temp", 0, 1);
        SupervisorRig.Until("delivered", () => rig.Status("owner").Counters.Messages == 1);
    }

    [Fact]
    public void Allocators_that_misbehave_end_the_guest()
    {
        using SupervisorRig rig = new(Quick with { MaxFailures = 1 });
        rig.Deploy("misplacing", Guests.MisplacingAllocator("AVG:temp:[]"));
        rig.Deploy("spinning", Guests.SpinningAllocator("AVG:temp:[]"));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 2);
        rig.Send("temp", 0, 1);
        rig.UntilState("misplacing", WorkflowState.Quarantined);
        rig.UntilState("spinning", WorkflowState.Quarantined);
        Assert.Equal("expected memory from allocate, got 0xfffffff8", rig.Status("misplacing").LastError);
        Assert.Contains("without a call to the host", rig.Status("spinning").LastError);
    }

    [Fact]
    public void A_flood_of_lines_is_cut_and_counted()
    {
        using SupervisorRig rig = new(Quick with { LogLinesPerSecond = 5, LogLines = 20 });
        rig.Deploy("flood", Guests.Print("a\n\u001b[31mb\n", 0, forEver: true));
        SupervisorRig.Until("cut", () => rig.Status("flood").LogLinesLeftOut > 10_000);
        string[] lines = rig.Lines("flood");
        Assert.InRange(lines.Length, 5, 20);
        Assert.All(lines, static line => Assert.Matches(@"^(a|\\u001b\[31mb|\d+ lines were left out)$", line));
    }

    [Fact]
    public void Points_are_written_at_a_limited_rate()
    {
        using SupervisorRig rig = new(Quick with { EventsPerSecond = 3 });
        rig.Deploy("writer", Guests.Answer("AVG:temp:[]", "series=other"));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        for (int i = 0; i < 300; i++) rig.Send("temp", i, 1);
        WorkflowCounters counters = new();
        SupervisorRig.Until("handled", () =>
        {
            counters = rig.Status("writer").Counters;
            return counters.Written + counters.Refused == 300;
        });
        Assert.Equal(300, counters.Events);
        Assert.True(counters.Refused > 0);
    }

    [Fact]
    public void Queues_are_bounded_and_what_overflows_is_counted()
    {
        using SupervisorRig rig = new(Quick with { FirstDelay = TimeSpan.FromHours(1) });
        rig.Deploy("slow", Guests.BadAllocator("AVG:temp:[]"));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        rig.Send("temp", 0, 1); // the guest fails and waits
        rig.UntilState("slow", WorkflowState.Waiting);
        for (int i = 0; i < 3_000; i++) rig.Send("temp", i, 1);
        rig.Deploy("slow", Guests.Echo("AVG:temp:[]", 1));
        SupervisorRig.Until("delivered", () => rig.Outbound.Sent.Length == 1_024);
        Assert.Equal(3_000 - 1_024, rig.Status("slow").EventsDropped);
        Assert.Contains($"\"timestamp\":{3_000 - 1_024},", rig.Outbound.Sent[0].Text); // the oldest gave way
        SupervisorRig.Until("said", () => rig.Lines("slow").Any(static line =>
            line.Contains(" events were dropped", StringComparison.Ordinal)));
    }

    [Fact]
    public void Live_queries_begin_at_a_limited_rate()
    {
        using SupervisorRig rig = new(Quick with { LiveQueriesPerSecond = 0, MaxLiveQueries = 2 });
        rig.Deploy("many", Guests.BeginAndEnd("AVG:temp:[]", 5));
        rig.UntilState("many", WorkflowState.Ended);
        Assert.Equal(1, rig.Lines("many").Count(static line =>
            line.Contains("too many new live queries", StringComparison.Ordinal)));
    }

    [Fact]
    public void Http_calls_have_a_time_limit()
    {
        using SupervisorRig rig = new(Quick with { HttpTime = TimeSpan.FromMilliseconds(10) });
        rig.Outbound.IsSilent = true;
        rig.Configure("caller", """{"allow_hosts":["a"]}""");
        rig.Deploy("caller", Guests.CallHttp("http://a/"));
        rig.UntilState("caller", WorkflowState.Quarantined);
        Assert.Equal((3, 3), (rig.Status("caller").Counters.HttpCalls, rig.Status("caller").Counters.HttpFailed));
        Assert.Contains("no answer in time", rig.Lines("caller")[0]);
    }

    [Fact]
    public void Only_so_many_http_calls_are_in_flight_and_the_end_of_a_workflow_ends_its_own()
    {
        using SupervisorRig rig = new(Quick with { HttpTime = TimeSpan.FromHours(1), HttpCalls = 1 });
        rig.Outbound.IsSilent = true;
        rig.Configure("first", """{"allow_hosts":["a"]}""");
        rig.Configure("second", """{"allow_hosts":["a"]}""");
        rig.Deploy("first", Guests.CallHttp("http://a/"));
        SupervisorRig.Until("in flight", () => { lock (rig.Outbound.Called) return rig.Outbound.Called.Count == 1; });
        rig.Deploy("second", Guests.CallHttp("https://a/"));
        rig.UntilState("second", WorkflowState.Quarantined);
        Assert.Contains("too many calls at once", rig.Lines("second")[0]);
        Assert.Equal(0, rig.Status("second").Counters.HttpCalls);
        Assert.Equal(DeployAnswer.Done, rig.Supervisor.Remove("first"));
        Assert.Single(rig.Outbound.Called);
    }

    [Fact]
    public void There_are_only_so_many_workflows_and_live_queries()
    {
        using SupervisorRig rig = new(Quick with { MaxWorkflows = 1, MaxLiveQueries = 0 });
        rig.Deploy("one", Guests.Echo("AVG:temp:[]", 1));
        Assert.Equal(DeployRefusal.TooMany, rig.Supervisor.Deploy("two", Guests.Trap()).Refusal);
        SupervisorRig.Until("refused", () =>
            rig.Lines("one").Any(static line => line.Contains("at most 0 live queries", StringComparison.Ordinal)));
    }
}
