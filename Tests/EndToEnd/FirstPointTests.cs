using System;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>A stranger's first minute: points in over either protocol, answers out.</summary>
public class FirstPointTests
{
    // (1, 42.5, "cpu", ["a=1"]), as the protocol page writes it out.
    private static readonly byte[] Worked = Convert.FromHexString(
        "0100000000000000" + "0000000000404540" + "0300" + "0100" + "637075" + "0300" + "613d31");

    [EndToEndFact]
    public async Task OriginalProtocol()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Original(daemon);
        await client.Send(Worked);
        await daemon.Counted("cpu:[a=1]", 1);
        JsonElement answer = await daemon.Query("AVG:cpu:[]");
        Assert.Equal("""{"value":42.5,"count":1}""", answer.GetRawText());
    }

    [EndToEndFact]
    public async Task OriginalProtocolAnswersNothingAndKeepsTheConnection()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Original(daemon);
        await client.Send([1, 2, 3]); // too short for an event
        await client.Send([.. Worked, 0]); // a byte too many
        await client.SendText("no event either");
        await client.Send(WireMessages.Event(2, 7, "after", "a=1"));
        await daemon.Counted("after:[]", 1);
        Assert.Equal(0, await daemon.Value("COUNT:cpu:[]"));
        await client.Close(); // an answer would surface here as an unexpected message
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
    }

    [EndToEndFact]
    public async Task Rows()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.RowsOf(
            [new("cpu", ["a=1"], 1, 42.5), new("cpu", ["a=2"], 1, 7), new("mem", [], -5, -1e300)]));
        await client.Acknowledged(3);
        Assert.Equal("""{"id":1,"value":42.5,"count":1}""", (await client.Query("AVG:cpu:[a=1]")).GetRawText());
        Assert.Equal("""{"id":2,"value":49.5,"count":2}""", (await client.Query("SUM:cpu:[]", id: 2)).GetRawText());
        Assert.Equal(-1e300, await daemon.Value("LAST:mem:[]"));
    }

    [EndToEndFact]
    public async Task Columns()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.DefineOf(9, "cpu", "host=a"));
        await client.Send(WireMessages.ColumnsOf(9, [10, 25, 20], [1, 3, 2]));
        await client.Send(WireMessages.DefineOf(10, "cpu", "host=b"));
        await client.Send(WireMessages.RegularOf(10, 100, 10, [4, 5, 6, 7]));
        await client.Acknowledged(7);
        Assert.Equal(3, await daemon.Value("LAST:cpu:[host=a]"));
        Assert.Equal(22, await daemon.Value("SUM:cpu:[host=b]"));
        Assert.Equal(2, await daemon.Value("COUNT:cpu:[host=b]:[110,120]"));
    }

    [EndToEndFact]
    public async Task TagsInAnyOrderAreOneSeries()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.RowsOf([new("cpu", ["a=1", "b=2"], 1, 1), new("cpu", ["b=2", "", "a=1"], 1,
            2)]));
        await client.Acknowledged(2);
        Assert.Equal("""{"value":2,"count":1}""", (await daemon.Query("AVG:cpu:[]")).GetRawText());
    }

    [EndToEndFact]
    public async Task ErrorsNameThePlace()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        JsonElement answer = await client.Query("AVG:cpu:[a=1 AND]");
        Assert.Equal(16, answer.GetProperty("at").GetInt32());
        Assert.NotEmpty(answer.GetProperty("error").GetString()!);
        Assert.Equal(0, (await client.Query("COUNT:cpu:[]")).GetProperty("value").GetDouble());
    }

    [EndToEndFact]
    public async Task SameAnswersWithTheScalarKernels()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data.Path, [],
            environment: new System.Collections.Generic.Dictionary<string, string> { ["SLUNGD_KERNEL"] = "scalar" });
        await daemon.Says("scalar");
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.DefineOf(1, "cpu"));
        var values = new double[10_000];
        for (int i = 0; i < values.Length; i++) values[i] = i % 100;
        await client.Send(WireMessages.RegularOf(1, 0, 1, values));
        await client.Acknowledged(10_000);
        Assert.Equal(49.5, await daemon.Value("AVG:cpu:[]"));
        Assert.Equal(99, await daemon.Value("MAX:cpu:[]:[3,9000]"));
    }
}
