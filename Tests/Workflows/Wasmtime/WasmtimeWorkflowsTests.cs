using System.Linq;
using Slungd.Tests.Workflows.Supervisor;
using Slungd.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.Workflows.Wasmtime;

/// <summary>Whole workflows over a library with Wasmtime's interface.</summary>
public sealed class WasmtimeWorkflowsTests
{
    private const string Query = "AVG:temp:[site=eu]";

    [StandInFact]
    public void Events_reach_the_guest_and_its_answers_the_producer()
    {
        using StandIn library = new();
        using SupervisorRig rig = new(engine: library.Engine);
        Assert.Equal("wasmtime", rig.Supervisor.EngineName);
        rig.Deploy("echo", Guests.Echo(Query, producer: 7));
        SupervisorRig.Until("a live query", () => rig.Status("echo").LiveQueries == 1);
        for (int i = 1; i <= 100; i++) rig.Send("temp", i, i / 2.0);
        SupervisorRig.Until("100 answers", () => rig.Outbound.Sent.Length == 100);
        rig.Deploy("echo", Guests.Echo(Query, producer: 8)); // replaced
        SupervisorRig.Until("a live query", () => rig.Status("echo").Counters.Restarts == 1);
        rig.Send("temp", 101, 1);
        SupervisorRig.Until("101 answers", () => rig.Outbound.Sent.Length == 101);
        Assert.Equal(0, rig.Status("echo").EventsDropped);
    }

    [StandInFact]
    public void Faults_of_guests_are_seen_as_with_the_embedded_engine()
    {
        using StandIn library = new();
        using SupervisorRig rig = new(new WorkflowLimits { MaxFailures = 2, FirstDelay = default },
            library.Engine);
        rig.Deploy("trap", Guests.Trap());
        rig.Deploy("deep", Guests.Recurse());
        rig.Deploy("huge", Guests.Huge());
        rig.Deploy("prints", Guests.Print("hello\n", status: 3));
        foreach (string name in (string[])["trap", "deep", "huge", "prints"])
            rig.UntilState(name, WorkflowState.Quarantined);
        Assert.StartsWith("unreachable\n  0: call (func[1], module offset 0x", rig.Status("trap").LastTrap);
        Assert.Equal("call stack exhausted", rig.Status("deep").LastError);
        Assert.Equal("the budget has no room for the instance's memory or tables", rig.Status("huge").LastError);
        Assert.Equal("call returned 3", rig.Status("prints").LastError);
        Assert.Contains("hello", rig.Lines("prints"));
    }

    [StandInFact]
    public void Spinning_guests_end_with_the_daemon()
    {
        using StandIn library = new();
        using (SupervisorRig rig = new(engine: library.Engine))
        {
            for (int i = 0; i < 3; i++) rig.Deploy($"spin{i}", Guests.Spin());
            SupervisorRig.Until("processor time", () => rig.Supervisor.List().All(static w =>
                w.Counters.ProcessorTicks > 0));
        }
        using SupervisorRig limited = new(new WorkflowLimits
        {
            BusyLimit = System.TimeSpan.FromMilliseconds(20), MaxFailures = 1,
        }, library.Engine);
        limited.Deploy("spin", Guests.Spin());
        limited.UntilState("spin", WorkflowState.Quarantined);
        Assert.StartsWith("0.02 s of processor time without a call", limited.Status("spin").LastError);
    }
}
