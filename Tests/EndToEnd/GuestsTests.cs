using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The SDK's examples in a running daemon.</summary>
[Collection(GuestCollection.Name)]
public sealed class GuestsTests(GuestBuilds builds)
{
    private const long Second = 1_000_000, Day = 86_400 * Second;

    [EndToEndTheory]
    [GuestData(GuestLanguage.C)]
    [GuestData(GuestLanguage.Rust)]
    [GuestData(GuestLanguage.AssemblyScript)]
    public async Task EventsBecomeMessagesAndSeries(string language)
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        long now = Now();
        await SendHistory(daemon, now);
        await Deploy(daemon, language, "threshold", "{}");
        await Deploy(daemon, language, "anomaly", "{}");
        await Deploy(daemon, language, "downsample", """{"env":{"WINDOW":"1s","BY":"site"}}""");
        await LiveQueries(daemon, 3);

        await using WebSocketClient producer = await WebSocketClient.Original(daemon);
        long window = ((Now() / Second) + 5) * Second; // not closed before its points are there
        await producer.Send(WireMessages.Event(window, 120, "temp", "site=eu", "room=1"));
        await producer.Send(WireMessages.Event(window + 1, 20.5, "temp", "site=eu", "room=1"));
        string[] texts = [await Text(producer), await Text(producer), await Text(producer)];
        Assert.Equal(
        [
            "ALERT: temp room=1 site=eu is 120",
            "ANOMALY: temp room=1 site=eu is 120, usual at this hour are 19 to 21",
            "OK: temp room=1 site=eu is 20.5",
        ], texts.Order(StringComparer.Ordinal));
        await daemon.Counted("temp_1s:[site=eu]", 1);
        JsonElement points = (await daemon.Query("RAW:temp_1s:[]")).GetProperty("points");
        Assert.Equal($$"""[{"series":"temp_1s","tags":["site=eu"],"timestamp":{{window}},"value":70.25}]""",
            points.GetRawText());
        await daemon.Counted("temp_anomaly:[site=eu AND room=1]", 1);
        Assert.Equal(120, await daemon.Value("LAST:temp_anomaly:[]"));
        string logs = await (await daemon.Get("/api/v1/workflows/anomaly/logs")).Content.ReadAsStringAsync();
        Assert.Contains(@"""text"":""ANOMALY: temp room=1 site=eu is 120,", logs);
        Assert.Equal(0, await daemon.Stop());
    }

    /// <summary>Each event is of a series of its own, and so an alarm, whoever sees it.</summary>
    [EndToEndTheory]
    [GuestData(GuestLanguage.C)]
    [GuestData(GuestLanguage.Rust)]
    [GuestData(GuestLanguage.AssemblyScript)]
    public async Task ReplacementLosesNothing(string language)
    {
        const int events = 900, replacements = 6;
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await Deploy(daemon, language, "threshold", """{"env":{"HIGH":"0"}}""");
        await LiveQueries(daemon, 1);
        await using WebSocketClient producer = await WebSocketClient.Original(daemon);
        byte[] module = await File.ReadAllBytesAsync(await builds.Module(language, "threshold"));
        for (int i = 0; i < events; i++)
        {
            await producer.Send(WireMessages.Event(i, 1, "temp", $"n={i}"));
            if (i % (events / replacements) == events / replacements / 2)
                await Put(daemon, "threshold", new ByteArrayContent(module));
        }
        List<string> texts = [];
        while (texts.Count < events) texts.Add(await Text(producer));
        Assert.Equal(Enumerable.Range(0, events).Select(static i => $"ALERT: temp n={i} is 1"), texts);
        string state = await (await daemon.Get("/api/v1/workflows/threshold")).Content.ReadAsStringAsync();
        Assert.Contains("\"failures\":0", state);
    }

    /// <summary>Batches both ways: each point is copied once, with tags that the list of u_write_event can't say.
    /// </summary>
    [EndToEndTheory]
    [GuestData(GuestLanguage.C)]
    [GuestData(GuestLanguage.CWithLibc)]
    [GuestData(GuestLanguage.Rust)]
    [GuestData(GuestLanguage.AssemblyScript)]
    public async Task BatchesAreReadAndWritten(string language)
    {
        const int events = 900;
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await Deploy(daemon, language, "batches", "{}");
        await daemon.Counted("listed:[site=eu AND room=1]", 1);
        const int bulk = (4 << 20) / (20 + 4 + 2 + 1_000);
        Assert.Equal(
        [
            $"{bulk} points fit", $"{bulk} points written", "0 points left", "1 is long enough", "1 point listed",
        ], await Patience.Until("the last line", () => WorkflowApi.Lines(daemon, "batches"), static l => l.Length > 4));
        await daemon.Counted("bulk:[]", bulk);
        Assert.Equal(bulk - 1, (await daemon.Query($"RAW:bulk:[]:[{bulk - 1},{bulk}]")).GetProperty("points")[0]
            .GetProperty("timestamp").GetInt64());

        await using WebSocketClient producer = await WebSocketClient.Version2(daemon);
        string[] odd = ["a,b \"c\"", "\u0001\\", "é😀"];
        for (int sent = 0; sent < events; sent += events / 3) // less than the queue holds
        {
            await producer.Send(WireMessages.RowsOf(Enumerable.Range(sent, events / 3).Select(i =>
                new Point("temp", i % 2 == 0 ? odd : [$"n={i % 10}"], i, i + 0.25))));
            await daemon.Counted("copy:[]", sent + (events / 3));
        }
        JsonElement[] points = [.. (await daemon.Query("RAW:copy:[]")).GetProperty("points").EnumerateArray()];
        Assert.Equal(Enumerable.Range(0, events).Select(static i => (i, i + 0.25)), points.Select(static p =>
            (p.GetProperty("timestamp").GetInt32(), p.GetProperty("value").GetDouble())).Order());
        string[][] tags = [.. points.Where(static p => p.GetProperty("timestamp").GetInt32() % 2 == 0)
            .Select(static p => p.GetProperty("tags").EnumerateArray().Select(static t => t.GetString()!).ToArray())];
        Assert.Equal(events / 2, tags.Length);
        Assert.All(tags, each => Assert.Equal(odd.Order(StringComparer.Ordinal), each.Order(StringComparer.Ordinal)));
        await Patience.Until("all is counted", () => WorkflowApi.Counter(daemon, "batches", "written"),
            static written => written == bulk + events + 1);
        JsonElement counters = (await WorkflowApi.One(daemon, "batches")).GetProperty("counters");
        Assert.Equal((events, 0),
            (counters.GetProperty("events").GetInt32(), counters.GetProperty("failures").GetInt32()));
        Assert.Equal(0, await daemon.Stop());
    }

    /// <summary>Points of 30 days, at this hour from 19 to 21, and far from it at 90.</summary>
    private static async Task SendHistory(Daemon daemon, long now)
    {
        await using WebSocketClient sender = await WebSocketClient.Version2(daemon);
        await sender.Send(WireMessages.DefineOf(1, "temp", "site=eu", "room=1"));
        List<long> times = [];
        List<double> values = [];
        for (int day = 30; day >= 1; day--)
        {
            foreach ((int minutes, double value) in ((int, double)[])[(-720, 90), (-15, 19), (0, 20), (15, 21)])
            {
                times.Add(now - (day * Day) + (minutes * 60 * Second));
                values.Add(value);
            }
        }
        await sender.Send(WireMessages.ColumnsOf(1, times.ToArray(), values.ToArray()));
        await sender.Acknowledged((ulong)times.Count);
    }

    private async Task Deploy(Daemon daemon, string language, string example, string config)
    {
        await Put(daemon, example + "/config", new StringContent(config, Encoding.UTF8, "application/json"));
        byte[] module = await File.ReadAllBytesAsync(await builds.Module(language, example));
        await Put(daemon, example, new ByteArrayContent(module));
    }

    private static async Task Put(Daemon daemon, string path, HttpContent body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put,
            $"http://{daemon.HttpAddress}/api/v1/workflows/{path}") { Content = body };
        using HttpResponseMessage answer = await daemon.Send(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static Task<int> LiveQueries(Daemon daemon, int count) => Patience.Until("live queries", async () =>
    {
        string text = await (await daemon.Get("/api/v1/workflows")).Content.ReadAsStringAsync();
        return JsonDocument.Parse(text).RootElement.GetProperty("data").GetProperty("workflows").EnumerateArray()
            .Sum(static workflow => workflow.GetProperty("live_queries").GetInt32());
    }, open => open == count);

    private static async Task<string> Text(WebSocketClient client) =>
        Encoding.UTF8.GetString((await client.Receive())!.Value.Bytes);

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000;
}
