using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using Slungd.Tests.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Guests that attack the published executable: it says what it did, and goes on serving.</summary>
public class HostileGuestsTests
{
    private const string Query = "AVG:temp:[site=eu]";

    [EndToEndFact]
    public async Task LoopsBombsAndRecursionAreBounded()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await WorkflowApi.Configure(daemon, "bomb", """{"memory":"16MiB"}""");
        await WorkflowApi.Put(daemon, "bomb", Guests.TouchingBomb());
        await WorkflowApi.Put(daemon, "huge", Guests.Huge());
        await WorkflowApi.Put(daemon, "deep", Guests.Recurse());
        await WorkflowApi.Configure(daemon, "spin", """{"cpu":0.1}"""); // far from its 30 s when the others are through
        await WorkflowApi.Put(daemon, "spin", Guests.Spin());
        await Serves(daemon, 1);
        await Patience.Until("a full memory", () => WorkflowApi.One(daemon, "bomb"), static bomb =>
            bomb.GetProperty("memory_bytes").GetInt64() is > 14 << 20 and <= 16 << 20);
        await WorkflowApi.UntilState(daemon, "huge", "quarantined");
        await WorkflowApi.UntilState(daemon, "deep", "quarantined");
        var deep = await WorkflowApi.One(daemon, "deep");
        Assert.Equal("call stack exhausted", deep.GetProperty("last_error").GetString());
        Assert.Contains("\n  0: call (func[1], module offset 0x", deep.GetProperty("last_trap").GetString());
        Assert.Equal(8, await WorkflowApi.Counter(daemon, "deep", "failures"));
        await daemon.Says("workflow deep is in quarantine until it is replaced or restarted: call stack exhausted");
        string metrics = await (await daemon.Get("/metrics")).Content.ReadAsStringAsync();
        Assert.Contains("slungd_workflow_quarantined{workflow=\"deep\"} 1\n", metrics);
        await WorkflowApi.Put(daemon, "deep", Guests.Print("better", 0)); // a replacement lifts the quarantine
        await WorkflowApi.UntilState(daemon, "deep", "ended");
        await WorkflowApi.Restart(daemon, "huge"); // a restart does, too, and finds the same
        await Patience.Until("another failure", () => WorkflowApi.Counter(daemon, "huge", "failures"),
            static failures => failures == 2);
        Assert.Equal("running", await WorkflowApi.State(daemon, "spin"));
        await Serves(daemon, 2);
    }

    [EndToEndFact]
    public async Task PointersHandlesAndAllocatorsAreNotTrusted()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient producer = await WebSocketClient.Original(daemon); // producer 1
        await WorkflowApi.Put(daemon, "echo", Guests.Echo(Query, producer: 1));
        await WorkflowApi.Put(daemon, "trap", Guests.BadAllocator(Query));
        await WorkflowApi.Put(daemon, "misplace", Guests.MisplacingAllocator(Query));
        foreach (string name in new[] { "echo", "trap", "misplace" }) await WorkflowApi.UntilListening(daemon, name);
        await WorkflowApi.Put(daemon, "pointers", Guests.BadPointers());
        await WorkflowApi.Put(daemon, "guesser", Guests.HandleGuesser());
        foreach (string name in new[] { "pointers", "guesser" })
        {
            await WorkflowApi.UntilState(daemon, name, "ended"); // with 0: every attempt was refused
            Assert.Equal(0, await WorkflowApi.Counter(daemon, name, "written"));
        }
        await producer.Send(WireMessages.Event(6, 21.5, "temp", "site=eu"));
        Assert.Equal(6, (await producer.ReceiveJson()).GetProperty("timestamp").GetInt64());
        foreach ((string name, string error) in new[]
        {
            ("trap", "unreachable"), ("misplace", "expected memory from allocate, got 0xfffffff8"),
        })
        {
            var failed = await Patience.Until($"{name} fails", () => WorkflowApi.One(daemon, name),
                static one => one.GetProperty("counters").GetProperty("failures").GetInt64() > 0);
            Assert.Equal(error, failed.GetProperty("last_error").GetString());
        }
        await Serves(daemon, 2);
    }

    [EndToEndFact]
    public async Task FloodsOfLinesAndLoopsOfWritesAreCutAndCounted()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await WorkflowApi.Put(daemon, "flood", Guests.Print("line\n", 0, forEver: true));
        await WorkflowApi.Put(daemon, "loop", Guests.Answer("AVG:loop:[]", "series=loop"));
        await WorkflowApi.UntilListening(daemon, "loop");
        await using (WebSocketClient producer = await WebSocketClient.Original(daemon))
            await producer.Send(WireMessages.Event(6, 21.5, "loop"));
        await Patience.Until("a loop is cut", () => WorkflowApi.Counter(daemon, "loop", "loops_cut"),
            static cut => cut == 1);
        Assert.Equal(16, await WorkflowApi.Counter(daemon, "loop", "written"));
        await daemon.Says("workflow loop: a write was refused: it answers an event that 16 writes");
        await Patience.Until("lines are left out", () => WorkflowApi.Counter(daemon, "flood", "log_lines_left_out"),
            static lines => lines > 1_000);
        Assert.True((await WorkflowApi.Lines(daemon, "flood")).Length <= 500);
        await Patience.Until("it is said", () => Task.FromResult(daemon.Log),
            static log => log.Contains(" lines were left out", StringComparison.Ordinal));
        await Serves(daemon, 1);
    }

    [EndToEndFact]
    public async Task GuestsThatNeverEndDoNotHoldUpTheShutdown()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await WorkflowApi.Put(daemon, "spin", Guests.Spin());
        await WorkflowApi.Put(daemon, "flood", Guests.Print("line\n", 0, forEver: true));
        await WorkflowApi.Put(daemon, "sleeper", Guests.Sleeper());
        await WorkflowApi.Put(daemon, "echo", Guests.Echo(Query, producer: 1));
        await WorkflowApi.Put(daemon, "failing", Guests.Trap());
        using var silent = new HttpHost(static _ => null);
        await WorkflowApi.Configure(daemon, "caller", $$"""{"allow_hosts":["127.0.0.1:{{silent.Port}}"]}""");
        await WorkflowApi.Put(daemon, "caller", Guests.CallHttp($"http://127.0.0.1:{silent.Port}/"));
        await silent.Called;
        await Serves(daemon, 1);
        Assert.Equal(0, await daemon.Stop()); // 1 after 9.5 s
        await daemon.Says("workflow spin was interrupted: it did not end by itself");
        Assert.DoesNotContain("did not end in time", daemon.Log);
    }

    /// <summary>Takes a point, and answers with all of them.</summary>
    private static async Task Serves(Daemon daemon, int points)
    {
        await using WebSocketClient producer = await WebSocketClient.Version2(daemon);
        await producer.Send(WireMessages.RowsOf([new Point("temp", ["site=eu"], 1_000 + points, 1)]));
        await producer.Acknowledged(1);
        Assert.Equal(points, await daemon.Value("COUNT:temp:[]"));
    }
}
