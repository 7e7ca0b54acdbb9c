using System;
using System.IO;
using System.Net.Http;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Live queries: as a subscription of slung.v2, and as server-sent events.</summary>
public class LiveTests
{
    [EndToEndFact]
    public async Task SubscriptionDeliversMatchingEvents()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient subscriber = await WebSocketClient.Version2(daemon); // producer 1
        await subscriber.SendText("""{"id":2,"subscribe":"AVG:temp:[site=eu]"}""");
        Assert.Equal("""{"id":2,"subscribed":true}""", (await subscriber.ReceiveJson()).GetRawText());

        await using WebSocketClient producer = await WebSocketClient.Original(daemon); // producer 2
        await producer.Send(WireMessages.Event(5, 1, "temp", "site=us"));
        await producer.Send(WireMessages.Event(6, 21.5, "temp", "site=eu"));
        Assert.Equal(
            """{"id":2,"series":"temp","timestamp":6,"value":21.5,"tags":["site=eu"],"producers":[2]}""",
            (await subscriber.ReceiveJson()).GetRawText());

        // A point is queryable before a subscriber sees it.
        Assert.Equal(1, await daemon.Value("COUNT:temp:[site=eu]"));

        await subscriber.SendText("""{"id":2,"unsubscribe":true}""");
        // One connection's messages are taken in order: an event sent from here on finds no subscription.
        for (int round = 0; round < 3; round++)
        {
            await subscriber.Send(WireMessages.RowsOf([new("temp", ["site=eu"], 7 + round, 22)]));
            Assert.Equal(3, (await subscriber.Query("COUNT:temp:[]", id: 3)).GetProperty("id").GetInt32());
        }
    }

    [EndToEndFact]
    public async Task WindowIsDeliveredWhenItCloses()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.SendText("""{"id":4,"subscribe":"SUM:temp:[]:[1h]:[1s]"}""");
        Assert.True((await client.ReceiveJson()).GetProperty("subscribed").GetBoolean());

        // Two points in the current window; on a busy machine they may already be late: send until a pair arrives.
        Task<JsonElement> next = client.ReceiveJson();
        for (double sum = 0; sum != 3;)
        {
            long second = DateTimeOffset.UtcNow.ToUnixTimeSeconds() * 1_000_000;
            await client.Send(WireMessages.RowsOf(
                [new("temp", ["room=1"], second + 1, 1), new("temp", ["room=2"], second + 2, 2)]));
            if (await Task.WhenAny(next, Task.Delay(2_500)) != next) continue; // it has closed by then, without them
            JsonElement window = await next;
            Assert.Equal(0, window.GetProperty("window")[0].GetInt64() % 1_000_000);
            sum = window.GetProperty("value").GetDouble();
            if (sum != 3) next = client.ReceiveJson();
        }
    }

    [EndToEndFact]
    public async Task ServerSentEvents()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        using var request = new HttpRequestMessage(HttpMethod.Get,
            $"http://{daemon.HttpAddress}/api/v1/live?q=RAW:temp:[]");
        using HttpResponseMessage answer = await daemon.Send(request, streamed: true);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var limit = new CancellationTokenSource(Patience.Limit);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));

        await using WebSocketClient producer = await WebSocketClient.Original(daemon);
        await producer.Send(WireMessages.Event(6, 21.5, "temp", "site=eu"));
        string? line;
        do line = await reader.ReadLineAsync(limit.Token);
        while (line is not null && !line.StartsWith("data:", StringComparison.Ordinal));
        Assert.Equal(
            """data: {"series":"temp","timestamp":6,"value":21.5,"tags":["site=eu"],"producers":[1]}""", line);
    }
}
