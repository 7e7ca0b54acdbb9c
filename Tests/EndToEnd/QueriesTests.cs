using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Every form of a query's answer, over both doors.</summary>
public class QueriesTests
{
    private static readonly Point[] Points =
    [
        new("temp", ["site=eu", "room=1"], 1_000_000, 20),
        new("temp", ["site=eu", "room=1"], 2_000_000, 21),
        new("temp", ["site=eu", "room=2"], 1_500_000, 30),
        new("temp", ["site=us", "room=1"], 61_000_000, 40),
        new("temp", ["site=us", "muted"], 62_000_000, 50),
    ];

    // query, the `data` of the HTTP answer; the WebSocket's answer is the same with an id in front.
    public static readonly TheoryData<string, string> Answers = new()
    {
        { "AVG:temp:[]", """{"value":32.2,"count":5}""" },
        { "sum:temp:[site=eu]", """{"value":71,"count":3}""" },
        { "MIN:temp:[site=*]", """{"value":20,"count":5}""" },
        { "MAX:temp:[site=eu AND NOT room=2]", """{"value":21,"count":2}""" },
        { "COUNT:temp:[room=1 OR muted]", """{"value":4,"count":4}""" },
        { "FIRST:temp:[]", """{"value":20,"count":5}""" },
        { "LAST:temp:[]:[0,2000000]", """{"value":21,"count":3}""" },
        { "SUM:temp:[site=eu]:[2000000,1500000]", """{"value":51,"count":2}""" },
        { "COUNT:nothing:[]", """{"value":0,"count":0}""" },
        { "AVG:nothing:[]", """{"value":null,"count":0}""" },
        { "AVG:temp:[]:[0,100000000]:[1m]", """{"windows":[[0,23.666666666666668,3],[60000000,45,2]]}""" },
        { "COUNT:temp:[]:[0,100000000]:[1s]",
            """{"windows":[[1000000,2,2],[2000000,1,1],[61000000,1,1],[62000000,1,1]]}""" },
        { "SUM:temp:[] BY site",
            """{"groups":[{"by":{"site":"eu"},"value":71,"count":3},{"by":{"site":"us"},"value":90,"count":2}]}""" },
        { "RAW:temp:[room=1]:[0,2000000]",
            """
            {"points":[{"series":"temp","tags":["room=1","site=eu"],"timestamp":1000000,"value":20},
            {"series":"temp","tags":["room=1","site=eu"],"timestamp":2000000,"value":21}]}
            """ },
    };

    [EndToEndFact]
    public async Task AnswersOverBothDoors()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.RowsOf(Points));
        await client.Acknowledged((ulong)Points.Length);
        await CheckAll(daemon, client);
    }

    [EndToEndFact]
    public async Task AnswersFromSegments()
    {
        using var data = new DataFolder();
        await using (Daemon daemon = await Daemon.Start(data))
        {
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            await client.Send(WireMessages.RowsOf(Points));
            await client.Acknowledged((ulong)Points.Length);
            await client.Close();
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon again = await Daemon.Start(data);
        await using WebSocketClient reader = await WebSocketClient.Version2(again);
        await CheckAll(again, reader);
    }

    [EndToEndTheory]
    [InlineData("AVG")]
    [InlineData("AVG:temp")]
    [InlineData("MEDIAN:temp:[]")]
    [InlineData("AVG:temp:[a AND]")]
    [InlineData("AVG:temp:[]:[1mo,now]")]
    [InlineData("AVG:temp:[]:[1,2]:[0s]")]
    [InlineData("")]
    public async Task BadQueryIsTheCallersFault(string query)
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        using HttpResponseMessage answer = await daemon.Get($"/api/v1/dsl?q={System.Uri.EscapeDataString(query)}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        JsonElement root = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("error", root.GetProperty("status").GetString());
    }

    [EndToEndFact]
    public async Task RawIsCutIntoPages()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.DefineOf(1, "cpu", "host=a"));
        await client.Send(WireMessages.DefineOf(2, "cpu", "host=b"));
        double[] values = Enumerable.Range(0, 2_500).Select(static i => (double)i).ToArray();
        await client.Send(WireMessages.RegularOf(1, 0, 10, values));
        await client.Send(WireMessages.RegularOf(2, 5, 10, values));
        await client.Acknowledged(5_000);

        var seen = new HashSet<(string, long)>();
        string cursor = "";
        do
        {
            using HttpResponseMessage answer = await daemon.Get($"/api/v1/dsl?q=RAW:cpu:[]&limit=700{cursor}");
            JsonElement root = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            JsonElement page = root.GetProperty("data");
            Assert.InRange(page.GetProperty("points").GetArrayLength(), 1, 700);
            foreach (JsonElement point in page.GetProperty("points").EnumerateArray())
            {
                string tag = point.GetProperty("tags")[0].GetString()!;
                Assert.True(seen.Add((tag, point.GetProperty("timestamp").GetInt64())), $"twice: {point}");
            }
            cursor = page.TryGetProperty("next", out JsonElement next) && next.ValueKind != JsonValueKind.Null
                ? $"&next={System.Uri.EscapeDataString(next.ToString())}"
                : "";
        }
        while (cursor.Length > 0);
        Assert.Equal(5_000, seen.Count);
    }

    private static async Task CheckAll(Daemon daemon, WebSocketClient client)
    {
        foreach ((string query, string expected) in Answers.Select(static row => ((string)row[0], (string)row[1])))
        {
            JsonElement want = JsonDocument.Parse(expected).RootElement;
            AssertSame(query, want, await daemon.Query(query));
            AssertSame(query, want, await client.Query(query));
        }
    }

    // Every member that is expected is there with this value; an id or a cursor may come besides.
    private static void AssertSame(string query, JsonElement want, JsonElement got)
    {
        foreach (JsonProperty member in want.EnumerateObject())
        {
            Assert.True(got.TryGetProperty(member.Name, out JsonElement value) &&
                JsonElement.DeepEquals(member.Value, value),
                $"{query}: expected {want}, got {got}");
        }
    }
}
