using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Queries, subscriptions and aliases beyond what they may be: each gets an error that says what was expected,
/// and a query that nobody waits for is given up.</summary>
public class QueryLimitsTests
{
    /// <summary>Takes a minute and more, on one processor, and hardly any memory.</summary>
    private const string Endless =
        "/api/v1/query_range?start=0&end=10999&step=1&query=quantile_over_time(0.5,vector(time())[99h:1s])";

    [EndToEndFact]
    public async Task EachLimitOfAQueryIsSaid()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--max-query-samples", "1000", "--max-query-series", "5");
        await using (WebSocketClient client = await WebSocketClient.Version2(daemon))
        {
            await client.Send(WireMessages.RowsOf(Enumerable.Range(0, 6)
                .Select(static i => new Point("up", [$"i={i}"], 1_000_000, i))));
            await client.Acknowledged(6);
        }
        string deep = new string('(', 256) + "1" + new string(')', 256), wide = "1" + string.Concat(
            Enumerable.Repeat("%2B1", 300)), tags = string.Join(" OR ", Enumerable.Repeat("a", 33));
        (string Path, int Status, string Says)[] rows =
        [
            ("query?query=sum_over_time(vector(1)[15m:1s])", 422, "more than 1000 samples"),
            ("query?query=sum_over_time(vector(1)[20m:1s])", 422, "1200 steps, more than 1000"),
            ("query?time=1&query=count(up)", 422, "matches more than 5 series"),
            ("query?time=1&query=count(up{i!=\"0\"})", 200, "\"5\""),
            ("query?query=" + deep, 400, "nested too deeply"), ("query?query=" + wide, 400, "nested too deeply"),
            ("query_range?start=0&end=11001&step=1&query=1", 400, "exceeded maximum resolution of 11,000 points"),
            ("query_range?start=0&end=11000&step=1&query=1", 422, "more than 1000 samples"),
            ($"dsl?q=COUNT:up:[{tags}]", 400, "at most 64"), ($"dsl?q=COUNT:up:[{tags[..^5]}]", 200, "\"count\":0"),
            ("dsl?q=RAW:up:[]&limit=100001", 400, "100000"), ("dsl?q=RAW:up:[]&limit=100000", 200, "points"),
            ("dsl?q=COUNT:up:[] BY " + string.Join(',', Enumerable.Range(0, 17)), 400, "at most 16"),
        ];
        foreach ((string path, int status, string says) in rows)
        {
            using HttpResponseMessage answer = await daemon.Get("/api/v1/" + path);
            string text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == status && text.Contains(says, StringComparison.Ordinal),
                $"{path[..Math.Min(60, path.Length)]}: {(int)answer.StatusCode} {text}");
        }
        foreach ((string path, string field) in ((string, string)[])[("dsl", "q"), ("query", "query")])
        {
            using FormUrlEncodedContent form = new([new(field, new string('x', 5 << 20))]);
            using HttpResponseMessage answer = await daemon.Post("/api/v1/" + path, form);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [EndToEndFact]
    public async Task AQueryThatTakesTooLongEnds()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--query-timeout", "100ms");
        using HttpResponseMessage answer = await daemon.Get(Endless);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("\"errorType\":\"timeout\"", text);
        Assert.Contains("longer than 0.1 s", text);
        Assert.Equal(1, await daemon.Metric("slungd_promql_results_total{result=\"timed_out\"}"));
    }

    [EndToEndFact]
    public async Task AQueryWhoseClientLeavesIsGivenUp()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        string request = $"GET {Endless} HTTP/1.1\r\nHost: localhost\r\n\r\n";
        using (RawPeer peer = await RawPeer.To(daemon.HttpAddress!))
        {
            double before = await daemon.Metric("process_cpu_seconds_total");
            await peer.Send(request);
            await Patience.Until("the query runs", () => daemon.Metric("process_cpu_seconds_total"),
                now => now - before > 0.3);
        }
        await Patience.Until("the queries were given up",
            () => daemon.Metric("slungd_promql_results_total{result=\"cancelled\"}"), static count => count >= 1);
        await Patience.Until("nothing runs any more", async () =>
        {
            using HttpResponseMessage answer = await daemon.Get("/api/v1/query?query=1");
            return answer.StatusCode;
        }, static status => status == HttpStatusCode.OK);
    }

    [EndToEndFact]
    public async Task SubscriptionsAndAliasesOfAConnectionAreBounded()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--max-aliases", "2");
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        for (int i = 1; i <= 64; i++)
        {
            await client.SendText($$"""{"id":{{i}},"subscribe":"RAW:cpu:[]"}""");
            Assert.True((await client.ReceiveJson()).GetProperty("subscribed").GetBoolean());
        }
        await client.SendText("""{"id":65,"subscribe":"RAW:cpu:[]"}""");
        JsonElement refused = await client.ReceiveJson();
        Assert.Equal(65, refused.GetProperty("id").GetInt32());
        Assert.Contains("at most 64 subscriptions", refused.GetProperty("error").GetString());
        await client.SendText("""{"id":64,"unsubscribe":true}""");
        await client.SendText("""{"id":65,"subscribe":"RAW:cpu:[]"}""");
        Assert.True((await client.ReceiveJson()).GetProperty("subscribed").GetBoolean());

        await using WebSocketClient writer = await WebSocketClient.Version2(daemon);
        await writer.Send(WireMessages.DefineOf(1, "a"));
        await writer.Send(WireMessages.DefineOf(2, "b"));
        await writer.Send(WireMessages.DefineOf(3, "c"));
        byte[] error = (await writer.Receive())!.Value.Bytes;
        Assert.Equal(0x82, error[0]);
        await writer.Send(WireMessages.DefineOf(2, "again")); // redefining takes no room
        await writer.Send(WireMessages.RegularOf(2, 0, 1, new double[3]));
        await writer.Acknowledged(3);
        Assert.Equal(3, await daemon.Value("COUNT:again:[]:[0,9]"));
    }

    [EndToEndFact]
    public async Task LiveQueriesOfAllTogetherAreBounded()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--max-live-total", "3");
        const string Stream = "/api/v1/live?q=RAW:cpu:[]";
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.SendText("""{"id":1,"subscribe":"RAW:cpu:[]"}""");
        Assert.True((await client.ReceiveJson()).GetProperty("subscribed").GetBoolean());
        List<HttpResponseMessage> streams = [];
        for (int i = 0; i < 2; i++) streams.Add(await Live());
        Assert.All(streams, static stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));
        using (HttpResponseMessage above = await Live())
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, above.StatusCode);
            Assert.NotNull(above.Headers.RetryAfter);
            Assert.Contains("at most 3 live queries", await above.Content.ReadAsStringAsync());
        }
        await client.SendText("""{"id":2,"subscribe":"RAW:cpu:[]"}""");
        Assert.Contains("at most 3 live queries", (await client.ReceiveJson()).GetProperty("error").GetString());
        Assert.Equal(3, await daemon.Metric("slungd_live_queries"));
        streams[0].Dispose();
        await Patience.Until("room for one", async () =>
        {
            using HttpResponseMessage next = await Live();
            return next.StatusCode;
        }, static status => status == HttpStatusCode.OK);
        streams[1].Dispose();

        Task<HttpResponseMessage> Live() =>
            daemon.Send(new HttpRequestMessage(HttpMethod.Get, $"http://{daemon.HttpAddress}{Stream}"), streamed: true);
    }

    [EndToEndFact]
    public async Task WhoDoesNotReadWhatItSubscribedToLosesTheOldest()
    {
        const int Queue = 16, Sent = 200_000;
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--max-live-queue", $"{Queue}");
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.SendText("""{"id":1,"subscribe":"RAW:cpu:[]"}""");
        Assert.True((await client.ReceiveJson()).GetProperty("subscribed").GetBoolean());
        await using WebSocketClient writer = await WebSocketClient.Version2(daemon);
        await writer.Send(WireMessages.DefineOf(1, "cpu"));
        long before = daemon.ResidentBytes();
        await writer.Send(WireMessages.RegularOf(1, 0, 1, new double[Sent]));
        await writer.Acknowledged(Sent); // whether anybody reads or not
        long seen = 0;
        while (seen < Sent)
        {
            JsonElement next = await client.ReceiveJson();
            seen += next.TryGetProperty("dropped", out JsonElement dropped) ? dropped.GetInt64() : 1;
        }
        Assert.Equal(Sent, seen);
        Assert.InRange(daemon.ResidentBytes() - before, long.MinValue, 32L << 20);
    }
}
