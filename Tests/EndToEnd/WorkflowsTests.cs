using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.WebSockets;
using System.Net;
using System.Text.Json;
using System.Threading.Tasks;
using Slungd.Tests.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>WebAssembly beside the data, in the published executable.</summary>
public class WorkflowsTests
{
    private const string Query = "AVG:temp:[site=eu]";

    [EndToEndFact]
    public async Task EventsReachTheGuestAndItsAnswerTheProducer()
    {
        using var data = new DataFolder();
        string module = Path.Combine(data.Path, "echo.wasm");
        await File.WriteAllBytesAsync(module, Guests.Echo(Query, producer: 1));
        await using (Daemon daemon = await Daemon.Start(data))
        {
            string http = $"{daemon.HttpAddress}";
            ProcessResult deployed = await Executable.Slungd("workflow", "deploy", module, "--http", http);
            Assert.Equal((0, ""), (deployed.ExitCode, deployed.Error));
            await EventComesBack(daemon);
            await Patience.Until("it is counted", () => WorkflowApi.Counter(daemon, "echo", "messages"),
                static messages => messages == 1); // after it was sent
            ProcessResult listed = await Executable.Slungd("workflow", "list", "--http", http);
            Assert.StartsWith("echo running events=1 ", listed.Output, StringComparison.Ordinal);
            string metrics = await (await daemon.Get("/metrics")).Content.ReadAsStringAsync();
            Assert.Contains("slungd_workflow_messages_total{workflow=\"echo\"} 1\n", metrics);
            Assert.Equal(137, await daemon.Kill());
        }
        await using (Daemon daemon = await Daemon.Start(data)) // what was deployed is there again
        {
            await EventComesBack(daemon);
            ProcessResult removed =
                await Executable.Slungd("workflow", "remove", "echo", "--http", $"{daemon.HttpAddress}");
            Assert.Equal((0, ""), (removed.ExitCode, removed.Error));
            Assert.Empty(await WorkflowApi.All(daemon));
            Assert.Equal(0, await daemon.Stop());
        }
    }

    [EndToEndFact]
    public async Task EveryEventIsDeliveredOnceOrCountedThroughTrapsRestartsAndReplacements()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient producer = await WebSocketClient.Original(daemon); // producer 1
        await WorkflowApi.Put(daemon, "echo", Guests.EchoAndTrap(Query, producer: 1, 300));
        await WorkflowApi.UntilListening(daemon, "echo");
        const int events = 3_000;
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < events; i++) await producer.Send(WireMessages.Event(i, i, "temp", "site=eu"));
        });
        List<long> received = [];
        Task receiving = Task.Run(async () =>
        {
            while (await producer.Receive() is { Type: WebSocketMessageType.Text } message)
            {
                long timestamp = JsonDocument.Parse(message.Bytes).RootElement.GetProperty("timestamp").GetInt64();
                lock (received) received.Add(timestamp);
            }
        });
        await WorkflowApi.Put(daemon, "echo", Guests.EchoAndTrap(Query, producer: 1, 400)); // traps once or twice
        await WorkflowApi.Restart(daemon, "echo");
        await WorkflowApi.Configure(daemon, "echo", """{"memory":"1MiB"}""");
        await sending;
        await WorkflowApi.Put(daemon, "echo", Guests.Echo(Query, producer: 1));
        await Patience.Until("delivered or counted", () => WorkflowApi.One(daemon, "echo"), static one =>
            one.GetProperty("counters").GetProperty("events").GetInt64()
            + one.GetProperty("counters").GetProperty("events_dropped").GetInt64() == events);
        long delivered = 0;
        long[] seen = await Patience.Until("received", async () =>
        {
            delivered = await WorkflowApi.Counter(daemon, "echo", "events")
                - await WorkflowApi.Counter(daemon, "echo", "messages_failed"); // this client did not read so fast
            lock (received) return received.ToArray();
        }, all => all.Length == delivered);
        Assert.Equal(seen.Order().Distinct(), seen);
        Assert.Equal(0, await daemon.Stop());
        await receiving;
    }

    [EndToEndFact]
    public async Task AGuestIsTriedOutOnAFile()
    {
        using var data = new DataFolder();
        string module = Path.Combine(data.Path, "echo.wasm"), points = Path.Combine(data.Path, "points.csv");
        await File.WriteAllBytesAsync(module, Guests.Echo(Query, producer: 1));
        await File.WriteAllTextAsync(points, "series,timestamp,value,site\ntemp,5,21.5,eu\n");
        ProcessResult ran = await Executable.Slungd("workflow", "run", module, "--input", points);
        Assert.Equal((0, ""), (ran.ExitCode, ran.Error));
        Assert.Equal($"live {Query}: 1\nsend 1 "
            + """{"timestamp":5,"value":21.5,"tags":["site=eu"],"producers":[1],"series":"temp"}""" + "\n", ran.Output);
    }

    /// <summary>The first connection of a daemon is producer 1.</summary>
    private static async Task EventComesBack(Daemon daemon)
    {
        await Patience.Until("a live query", () => WorkflowApi.All(daemon), static list =>
            list.Any(static w => w.GetProperty("live_queries").GetInt32() == 1));
        await using WebSocketClient producer = await WebSocketClient.Original(daemon);
        await producer.Send(WireMessages.Event(6, 21.5, "temp", "site=eu"));
        Assert.Equal("""{"timestamp":6,"value":21.5,"tags":["site=eu"],"producers":[1],"series":"temp"}""",
            (await producer.ReceiveJson()).GetRawText());
    }
}
