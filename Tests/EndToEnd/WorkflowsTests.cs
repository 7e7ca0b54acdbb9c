using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
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
            Assert.Empty(await Workflows(daemon));
            Assert.Equal(0, await daemon.Stop());
        }
    }

    [EndToEndFact]
    public async Task HostileGuestsDelayNobody()
    {
        using var data = new DataFolder();
        string spin = Path.Combine(data.Path, "spin.wasm");
        await File.WriteAllBytesAsync(spin, Guests.Spin());
        await using Daemon daemon = await Daemon.Start(data, "--wasm", spin);
        await Put(daemon, "bomb", Guests.Bomb());
        await Put(daemon, "flood", Guests.Print("line\n", 0, forEver: true));
        await Put(daemon, "trap", Guests.Trap());
        await Put(daemon, "deep", Guests.Recurse());
        await Put(daemon, "huge", Guests.Huge());
        await Put(daemon, "echo", Guests.Echo(Query, producer: 1));
        await EventComesBack(daemon);
        Assert.Equal(1, await daemon.Value("COUNT:temp:[]"));
        JsonElement[] all = await Patience.Until("a quarantine", () => Workflows(daemon),
            static list => list.Count(static w => w.GetProperty("state").GetString() == "quarantined") >= 1);
        Assert.Equal(7, all.Length);
        ProcessResult logs =
            await Executable.Slungd("workflow", "logs", "flood", "--limit", "3", "--http", $"{daemon.HttpAddress}");
        Assert.Contains("stdout: line\n", logs.Output);
        Assert.Equal(0, await daemon.Stop());
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
        await Patience.Until("a live query", () => Workflows(daemon), static list =>
            list.Any(static w => w.GetProperty("live_queries").GetInt32() == 1));
        await using WebSocketClient producer = await WebSocketClient.Original(daemon);
        await producer.Send(WireMessages.Event(6, 21.5, "temp", "site=eu"));
        Assert.Equal("""{"timestamp":6,"value":21.5,"tags":["site=eu"],"producers":[1],"series":"temp"}""",
            (await producer.ReceiveJson()).GetRawText());
    }

    private static async Task<JsonElement[]> Workflows(Daemon daemon)
    {
        string text = await (await daemon.Get("/api/v1/workflows")).Content.ReadAsStringAsync();
        return [.. JsonDocument.Parse(text).RootElement.GetProperty("data").GetProperty("workflows").EnumerateArray()];
    }

    // A daemon is ready a moment before its workflows are.
    private static async Task Put(Daemon daemon, string name, byte[] module)
    {
        HttpStatusCode status = await Patience.Until($"{name} deployed", async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Put,
                $"http://{daemon.HttpAddress}/api/v1/workflows/{name}") { Content = new ByteArrayContent(module) };
            using HttpResponseMessage answer = await daemon.Send(request);
            return answer.StatusCode;
        }, static status => status != HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, status);
    }
}
