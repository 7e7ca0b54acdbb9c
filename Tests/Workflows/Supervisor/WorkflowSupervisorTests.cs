using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Workflows.Wasm;
using Slungd.Workflows.Supervisor;
using Slungd.Workflows.Wasm.Modules;
using Xunit;

namespace Slungd.Tests.Workflows.Supervisor;

/// <summary>Deployment, delivery, replacement, restart and removal.</summary>
public sealed class WorkflowSupervisorTests
{
    private const string Query = "AVG:temp:[site=eu]";

    [Fact]
    public void Each_event_is_delivered_once_and_in_order()
    {
        using SupervisorRig rig = new();
        rig.Deploy("echo", Guests.Echo(Query, 3));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        for (int i = 0; i < 500; i++) rig.Send("temp", i, i + 0.5);
        SupervisorRig.Until("delivered", () => rig.Outbound.Sent.Length == 500);
        Assert.Equal(Enumerable.Range(0, 500).Select(Event), rig.Outbound.SentTo(3));
        Assert.Equal(500, rig.Status("echo").Counters.Events);
        Assert.Equal(0, rig.Status("echo").EventsDropped);
    }

    [Fact]
    public void A_replacement_loses_no_event()
    {
        using SupervisorRig rig = new();
        rig.Deploy("echo", Guests.Echo(Query, 1));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        for (int i = 0; i < 200; i++)
        {
            rig.Send("temp", i, i + 0.5);
            if (i % 50 == 25) rig.Deploy("echo", Guests.Echo(Query, 1));
        }
        SupervisorRig.Until("delivered", () => rig.Outbound.Sent.Length == 200);
        Assert.Equal(Enumerable.Range(0, 200).Select(Event), rig.Outbound.SentTo(1));
    }

    [Fact]
    public void Every_event_is_delivered_or_counted_through_traps_restarts_and_replacements()
    {
        using SupervisorRig rig = new(new WorkflowLimits
        {
            FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(1), MaxFailures = 1_000,
        });
        rig.Deploy("echo", Guests.EchoAndTrap(Query, 1, 40));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        const int events = 6_000; // some bursts are longer than the queue
        for (int i = 0; i < events; i++)
        {
            rig.Send("temp", i, i + 0.5);
            if (i % 500 == 100) rig.Deploy("echo", Guests.EchoAndTrap(Query, 1, 60));
            if (i % 500 == 300) Assert.Equal(DeployAnswer.Done, rig.Supervisor.Restart("echo"));
            if (i % 500 == 400) rig.Configure("echo", """{"memory":"2MiB"}""");
            if (i % 1_000 == 999) SupervisorRig.Until("idle", () => rig.Status("echo").EventsQueued == 0);
        }
        SupervisorRig.Until("delivered or counted", () =>
            rig.Outbound.Sent.Length + rig.Status("echo").EventsDropped == events);
        int[] seen = [.. rig.Outbound.SentTo(1).Select(static json =>
            JsonDocument.Parse(json).RootElement.GetProperty("timestamp").GetInt32())];
        Assert.Equal(seen.Order().Distinct(), seen);
        Assert.Equal(seen.Length, rig.Status("echo").Counters.Events);
        Assert.True(rig.Status("echo").Counters.Failures > 3, "it trapped now and then");
    }

    [Fact]
    public void Loops_are_cut_although_the_guest_looks_elsewhere_before_it_answers()
    {
        using SupervisorRig rig = new();
        rig.Deploy("loop", Guests.AnswerAfterLook(Query, "AVG:other:[]", "series=temp,site=eu"));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 2);
        rig.Send("temp", 1, 1);
        SupervisorRig.Until("cut", () => rig.Status("loop").Counters.LoopsCut == 1);
        Assert.Equal(new WorkflowLimits().MaxDepth, rig.Status("loop").Counters.Written);
    }

    [Fact]
    public void History_is_read_and_points_are_written()
    {
        using SupervisorRig rig = new();
        for (int i = 1; i <= 4; i++) rig.Send("temp", i, i);
        rig.Deploy("copy", Guests.Copy("MAX:temp:[]", "series=peak,site=eu"));
        rig.UntilState("copy", WorkflowState.Ended);
        Assert.Equal(4, rig.Query("LAST:peak:[site=eu]").Value.Number);
        Assert.Equal((1, 1), (rig.Status("copy").Counters.Written, rig.Status("copy").Counters.Queries));
    }

    [Fact]
    public void Many_points_are_written_in_one_call()
    {
        using SupervisorRig rig = new(new WorkflowLimits { MaxFailures = 1 });
        byte[] rows =
            [.. Enumerable.Range(0, 100).SelectMany(static i => WireMessages.Event(i, i, $"m{i % 3}", "a=1"))];
        rig.Deploy("many", Guests.WriteMany(rows));
        rig.UntilState("many", WorkflowState.Quarantined);
        Assert.Equal("call returned 100", rig.Status("many").LastError);
        Assert.Equal(100, rig.Status("many").Counters.Written);
        Assert.Equal(99, rig.Query("LAST:m0:[a=1]").Value.Number);
        Assert.Equal(33, rig.Query("COUNT:m1:[a=1]").Value.Number);
    }

    [Fact]
    public void Many_points_are_written_at_the_rate_of_single_ones()
    {
        using SupervisorRig rig = new(new WorkflowLimits { MaxFailures = 1, EventsPerSecond = 7 });
        rig.Deploy("many", Guests.WriteMany([.. Enumerable.Range(0, 3_000).SelectMany(static i =>
            WireMessages.Event(i, i, "m"))]));
        rig.UntilState("many", WorkflowState.Quarantined);
        WorkflowCounters counters = rig.Status("many").Counters;
        Assert.InRange(counters.Written, 7, 2_900);
        Assert.Equal(3_000, counters.Written + counters.Refused);
        Assert.Contains(rig.Lines("many"),
            static line => line.EndsWith("more than 7 a second", StringComparison.Ordinal));
    }

    [Fact]
    public void Events_come_in_batches()
    {
        using SupervisorRig rig = new();
        rig.Deploy("echo", Guests.EchoMany(Query, 1, 3));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        for (int i = 0; i < 500; i++) rig.Send("temp", i, i + 0.5);
        JsonElement[][] batches = [];
        SupervisorRig.Until("delivered", () =>
        {
            batches = [.. rig.Outbound.SentTo(1).Select(static json =>
                JsonDocument.Parse(json).RootElement.EnumerateArray().ToArray())];
            return batches.Sum(static batch => batch.Length) == 500;
        });
        Assert.All(batches, static batch => Assert.InRange(batch.Length, 1, 3));
        Assert.Equal(Enumerable.Range(0, 500).Select(Event), batches.SelectMany(static b => b, static (_, e) =>
            e.GetRawText()));
    }

    [Fact]
    public void Loops_of_writes_are_cut()
    {
        using SupervisorRig rig = new();
        rig.Deploy("loop", Guests.Answer(Query, "series=temp,site=eu"));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        rig.Send("temp", 1, 1);
        SupervisorRig.Until("cut", () => rig.Status("loop").Counters.LoopsCut == 1);
        Assert.Equal(new WorkflowLimits().MaxDepth, rig.Status("loop").Counters.Written);
    }

    [Fact]
    public void Loops_through_two_workflows_are_cut()
    {
        using SupervisorRig rig = new();
        rig.Deploy("ping", Guests.Answer("AVG:ping:[]", "series=pong"));
        rig.Deploy("pong", Guests.Answer("AVG:pong:[]", "series=ping"));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 2);
        rig.Send("ping", 1, 1);
        SupervisorRig.Until("cut", () => rig.Supervisor.List().Sum(static w => w.Counters.LoopsCut) == 1);
        // Of the last point the other one hears before it is counted.
        SupervisorRig.Until("16", () => rig.Supervisor.List().Sum(static w => w.Counters.Written) == 16);
    }

    [Fact]
    public void What_was_deployed_runs_again_after_a_restart()
    {
        using SupervisorRig rig = new();
        rig.Configure("echo", """{"memory":"1MiB","env":{"A":"b=c"}}""");
        rig.Deploy("echo", Guests.Echo(Query, 1));
        rig.Restart();
        WorkflowStatus status = Assert.Single(rig.Supervisor.List());
        Assert.Equal((1 << 20, "A=b=c"), (status.Config.MemoryBytes, Assert.Single(status.Config.Environment)));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        rig.Send("temp", 0, 0.5);
        SupervisorRig.Until("delivered", () => rig.Outbound.Sent.Length == 1);
        Assert.Equal(DeployAnswer.Done, rig.Supervisor.Remove("echo"));
        Assert.Equal(0, rig.Hub.Subscriptions);
        Assert.Equal(DeployRefusal.Unknown, rig.Supervisor.Remove("echo").Refusal);
        Assert.Empty(Directory.GetFiles(rig.Folder));
        rig.Restart();
        Assert.Empty(rig.Supervisor.List());
    }

    [Fact]
    public void A_file_is_started_by_its_name_and_is_not_kept()
    {
        using SupervisorRig rig = new();
        string file = Path.Combine(Path.GetDirectoryName(rig.Folder)!, "my-guest.wasm");
        File.WriteAllBytes(file, Guests.Print("hello", 0));
        rig.Restart(file);
        rig.UntilState("my-guest", WorkflowState.Ended);
        Assert.Equal(["hello"], rig.Lines("my-guest"));
        rig.Restart();
        Assert.Empty(rig.Supervisor.List());
    }

    [Fact]
    public void A_broken_file_keeps_no_other_from_running()
    {
        using SupervisorRig rig = new();
        rig.Deploy("good", Guests.Print("hello", 0));
        File.WriteAllText(Path.Combine(rig.Folder, "bad.wasm"), "no wasm");
        File.WriteAllText(Path.Combine(rig.Folder, "worse.wasm"), "");
        File.WriteAllText(Path.Combine(rig.Folder, "worse.json"), "{");
        File.WriteAllText(Path.Combine(rig.Folder, "good.json"), """{"memory":"1MiB"}""");
        File.WriteAllText(Path.Combine(rig.Folder, ".hidden.wasm"), "");
        File.WriteAllBytes(Path.Combine(rig.Folder, "no name.wasm"), Guests.Print("hello", 0));
        File.WriteAllText(Path.Combine(rig.Folder, "half.wasm.part"), "");
        Directory.CreateDirectory(Path.Combine(rig.Folder, "folder.wasm"));
        rig.Restart();
        Assert.Equal(["good", "bad", "no name", "worse"], rig.Supervisor.List().Select(static w => w.Name));
        Assert.Equal((WorkflowState.NotLoaded, "magic header not detected (module offset 0x0)"),
            (rig.Status("bad").State, rig.Status("bad").LastError));
        Assert.StartsWith("expected as name 1 to 64 letters", rig.Status("no name").LastError);
        Assert.Contains("its configuration: expected JSON", rig.Status("worse").LastError);
        rig.Deploy("bad", Guests.Print("better", 0)); // replaces the file
        rig.UntilState("bad", WorkflowState.Ended);
        Assert.Equal(DeployAnswer.Done, rig.Supervisor.Remove("worse"));
        Assert.False(File.Exists(Path.Combine(rig.Folder, "worse.json")));
        Assert.Equal(["bad", "good", "no name"], rig.Supervisor.List().Select(static w => w.Name));
    }

    [Theory]
    [InlineData("no name", "no name")]
    [InlineData("\u00e9\u001b[2J\n", @"\u00e9\u001b[2J\u000a")]
    [InlineData(@"a\..\b", @"a\..\b")]
    [InlineData("a%2Fb", "a%2Fb")]
    public void A_file_whose_name_can_t_be_is_removed_by_the_name_that_is_listed(string file, string listed)
    {
        using SupervisorRig rig = new();
        rig.Deploy("good", Guests.Print("hello", 0));
        string outside = $"{rig.Folder}/../outside.wasm";
        File.WriteAllText(outside, "");
        File.WriteAllText(Path.Combine(rig.Folder, ".hidden.wasm"), "");
        File.WriteAllText(Path.Combine(rig.Folder, file + ".wasm"), "");
        File.WriteAllText(Path.Combine(rig.Folder, file + ".json"), "");
        rig.Restart();
        listed = listed.Replace(@"\u00e9", "\u00e9", StringComparison.Ordinal); // no control character
        Assert.Equal(["good", listed], rig.Supervisor.List().Select(static w => w.Name));
        string[] others = ["", ".", "..", "../outside", "../workflows/good", "/etc/passwd", ".hidden", "x y"];
        foreach (string name in others)
            Assert.Equal(DeployRefusal.Unknown, rig.Supervisor.Remove(name).Refusal);
        Assert.Equal(DeployAnswer.Done, rig.Supervisor.Remove(listed));
        Assert.Equal(["good"], rig.Supervisor.List().Select(static w => w.Name));
        Assert.Equal([".hidden.wasm", "good.wasm"], Directory.GetFiles(rig.Folder).Select(Path.GetFileName).Order());
        Assert.True(File.Exists(outside));
        Assert.Equal(DeployRefusal.Unknown, rig.Supervisor.Remove(listed).Refusal);
    }

    [Fact]
    public void What_went_wrong_is_forgotten_with_the_program()
    {
        using SupervisorRig rig = new();
        rig.Deploy("a", Guests.Trap());
        rig.UntilState("a", WorkflowState.Quarantined);
        Assert.NotNull(rig.Status("a").LastError);
        Assert.NotNull(rig.Status("a").LastTrap);
        rig.Deploy("a", Guests.Print("better", 0));
        Assert.Null(rig.Status("a").LastError);
        rig.UntilState("a", WorkflowState.Ended);
        Assert.Equal((null, null), (rig.Status("a").LastError, rig.Status("a").LastTrap));
        Assert.True(rig.Status("a").Counters.Failures > 0, "counters go on");
    }

    [Fact]
    public void Changes_from_many_threads_leave_what_the_last_one_said()
    {
        using SupervisorRig rig = new(new WorkflowLimits
        {
            FirstDelay = TimeSpan.FromMilliseconds(1), SwitchPatience = TimeSpan.FromMilliseconds(5),
        });
        byte[][] modules =
            [Guests.Echo(Query, 1), Guests.Spin(), Guests.Print("x", 0), Guests.Trap(), Guests.Answer(Query, "a")];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(seed => new Thread(() =>
        {
            Random random = new(seed);
            for (int i = 0; i < 60; i++)
            {
                string name = $"w{random.Next(2)}";
                DeployRefusal refusal = random.Next(5) switch
                {
                    0 => rig.Supervisor.Remove(name).Refusal,
                    1 => rig.Supervisor.Restart(name).Refusal,
                    2 => rig.Supervisor.Configure(name, """{"memory":"1MiB"}"""u8.ToArray()).Refusal,
                    _ => rig.Supervisor.Deploy(name, modules[random.Next(modules.Length)]).Refusal,
                };
                Assert.True(refusal is DeployRefusal.None or DeployRefusal.Unknown);
                _ = rig.Supervisor.List();
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        for (int i = 0; i < 500; i++) rig.Send("temp", i, 1);
        foreach (Thread thread in threads) thread.Join();
        rig.Deploy("w0", Guests.Echo(Query, 9));
        rig.Supervisor.Remove("w1");
        SupervisorRig.Until("only the last one listens", () =>
        {
            rig.Send("temp", 1_000, 0.5);
            return rig.Hub.Subscriptions == 1 && rig.Outbound.SentTo(9).Length > 0;
        });
        Assert.Equal("w0", Assert.Single(rig.Supervisor.List()).Name);
        Assert.Equal(File.ReadAllBytes(Path.Combine(rig.Folder, "w0.wasm")), Guests.Echo(Query, 9));
    }

    [Theory]
    [InlineData("", DeployRefusal.BadName)]
    [InlineData(".a", DeployRefusal.BadName)]
    [InlineData("a/b", DeployRefusal.BadName)]
    [InlineData("..", DeployRefusal.BadName)]
    [InlineData("a b", DeployRefusal.BadName)]
    [InlineData("a\0", DeployRefusal.BadName)]
    [InlineData("\u00e9", DeployRefusal.BadName)]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345", DeployRefusal.BadName)]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234", DeployRefusal.BadModule)]
    [InlineData("ok", DeployRefusal.BadModule)]
    public void Nonsense_is_refused(string name, object refusal) =>
        Using(rig => Assert.Equal(refusal, rig.Supervisor.Deploy(name, [1, 2, 3]).Refusal));

    [Fact]
    public void Modules_and_configurations_have_a_size() => Using(rig =>
    {
        byte[] padded = [.. Guests.Spin(), 0, .. WasmBuilder.Unsigned(ModuleLimits.ModuleBytes),
            .. new byte[ModuleLimits.ModuleBytes]];
        Assert.Equal((DeployRefusal.BadModule, $"expected at most {ModuleLimits.ModuleBytes} bytes of WebAssembly"),
            (rig.Supervisor.Deploy("big", padded).Refusal, rig.Supervisor.Deploy("big", padded).Error));
        byte[] spaces = [(byte)'{', .. Enumerable.Repeat((byte)' ', WorkflowConfig.MaxJsonBytes), (byte)'}'];
        Assert.Equal(DeployRefusal.BadConfig, rig.Supervisor.Configure("big", spaces).Refusal);
        Assert.False(Directory.Exists(rig.Folder));
    });

    [Fact]
    public void A_refused_module_leaves_the_old_one_running() => Using(rig =>
    {
        rig.Deploy("echo", Guests.Echo(Query, 1));
        SupervisorRig.Until("listening", () => rig.Hub.Subscriptions == 1);
        Assert.Equal(DeployRefusal.BadModule, rig.Supervisor.Deploy("echo", [0, 1]).Refusal);
        rig.Send("temp", 0, 0.5);
        SupervisorRig.Until("delivered", () => rig.Outbound.Sent.Length == 1);
        Assert.Equal(0, rig.Status("echo").Counters.Restarts);
    });

    [Theory]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("{\"x\":1}", "x: expected env, allow_hosts, memory or cpu")]
    [InlineData("{\"memory\":1}", "memory: expected bytes")]
    [InlineData("{\"cpu\":0}", "cpu: expected a number")]
    [InlineData("{\"cpu\":1e999}", "cpu: expected a number")]
    [InlineData("{\"env\":{\"A=\":\"b\"}}", "env: A=: expected a name without =")]
    [InlineData("{\"env\":{\"A\":1}}", "env: A: expected a name")]
    [InlineData("{\"allow_hosts\":[\"http://a\"]}", "allow_hosts: expected names")]
    [InlineData("{\"allow_hosts\":[\"u@a\"]}", "allow_hosts: expected names")]
    [InlineData("{", "expected JSON")]
    public void A_configuration_says_what_was_expected(string json, string expected)
    {
        Assert.Null(WorkflowConfig.TryParse(Encoding.UTF8.GetBytes(json), out string? error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://a/x", true)]
    [InlineData("http://A/x", true)]
    [InlineData("http://a:81/x", false)]
    [InlineData("http://b:81/x", true)]
    [InlineData("http://b/x", false)]
    [InlineData("http://a@c/x", false)]
    [InlineData("http://a.c/x", false)]
    public void Hosts_are_allowed_by_name_and_port(string url, bool isAllowed)
    {
        WorkflowConfig config = WorkflowConfig.TryParse("""{"allow_hosts":["a","b:81"]}"""u8.ToArray(), out _)!;
        Assert.Equal(isAllowed, config.Allows(new Uri(url)));
        Assert.Equal(config.ToJson(), WorkflowConfig.TryParse(config.ToJson(), out _)!.ToJson());
    }

    [Fact]
    public void Only_allowed_hosts_are_called()
    {
        using SupervisorRig rig = new();
        rig.Deploy("caller", Guests.CallHttp("http://a:8080/x"));
        rig.UntilState("caller", WorkflowState.Quarantined);
        Assert.Empty(rig.Outbound.Called);
        Assert.Contains("a:8080 is not in the workflow's allow_hosts", rig.Lines("caller")[0]);
        rig.Configure("caller", """{"allow_hosts":["a:8080"]}""");
        rig.UntilState("caller", WorkflowState.Ended);
        Assert.Equal(["POST http://a:8080/x body"], rig.Outbound.Called);
    }

    private static string Event(int i) =>
        $$"""{"timestamp":{{i}},"value":{{i}}.5,"tags":["site=eu"],"producers":[7],"series":"temp"}""";

    private static void Using(Action<SupervisorRig> test)
    {
        using SupervisorRig rig = new();
        test(rig);
    }

    [Fact]
    public void An_interrupt_that_was_overlooked_is_repeated()
    {
        DeafEngine engine = new();
        using SupervisorRig rig = new(engine: engine);
        rig.Deploy("deaf", [1]);
        SupervisorRig.Until("running", () => engine.IsRunning);
        engine.Deafen(interrupts: 20);
        rig.Supervisor.Stop(TimeSpan.FromSeconds(30));
        Assert.True(engine.HasEnded);
    }
}
