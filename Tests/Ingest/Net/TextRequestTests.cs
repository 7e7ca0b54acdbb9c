using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>Queries and subscriptions over `slung.v2`.</summary>
public sealed class TextRequestTests : IDisposable
{
    private readonly ServerFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private RawClient OpenWithPoints()
    {
        SeriesId series = _fixture.Store.Series("cpu", "host=a");
        for (int i = 1; i <= 4; i++) _fixture.Store.Put(series, i * 1_000_000, i);
        return _fixture.Open("slung.v2");
    }

    [Theory]
    [InlineData("AVG:cpu:[host=a]", """{"id":1,"value":2.5,"count":4}""")]
    [InlineData("AVG:cpu:[host=b]", """{"id":1,"value":null,"count":0}""")]
    [InlineData("SUM:cpu:[]:[1000000,4000000]:[2s]",
        """{"id":1,"windows":[[0,1,1],[2000000,5,2],[4000000,4,1]]}""")]
    [InlineData("MAX:cpu:[] BY host", """{"id":1,"groups":[{"by":{"host":"a"},"value":4,"count":4}]}""")]
    public void A_query_is_answered(string query, string answer)
    {
        using RawClient client = OpenWithPoints();
        client.SendText($$"""{"id":1,"query":"{{query}}"}""");
        Assert.Equal(answer, client.ReadText());
    }

    [Fact]
    public void A_subscription_above_the_limit_of_all_is_refused_without_a_place()
    {
        using var fixture = new ServerFixture(static o => o with { Limits = o.Limits with { MaxLiveQueries = 0 } });
        using RawClient client = fixture.Open("slung.v2");
        client.SendText("""{"id":7,"subscribe":"AVG:cpu:[]"}""");
        Assert.Equal("""{"id":7,"error":"expected at most 0 live queries in all"}""", client.ReadText());
    }

    [Fact]
    public void A_query_far_too_long_is_not_even_copied()
    {
        using RawClient client = OpenWithPoints();
        foreach (string verb in (string[])["query", "subscribe"])
        {
            client.SendText($$"""{"id":1,"{{verb}}":"{{new string('x', 1 << 20)}}"}""");
            Assert.Equal("""{"id":1,"error":"expected a query of at most 131072 characters","at":"""
                + (11 + verb.Length) + "}", client.ReadText());
        }
    }

    [Fact]
    public void RAW_pages()
    {
        using RawClient client = OpenWithPoints();
        client.SendText("""{"id":1,"query":"RAW:cpu:[]:[2000000,9000000]","limit":2}""");
        using JsonDocument first = JsonDocument.Parse(client.ReadText());
        Assert.Equal(2, first.RootElement.GetProperty("points").GetArrayLength());
        string next = first.RootElement.GetProperty("next").GetString()!;
        client.SendText($$"""{"next":"{{next}}","id":2,"query":"RAW:cpu:[]:[2000000,9000000]","limit":2}""");
        using JsonDocument second = JsonDocument.Parse(client.ReadText());
        Assert.Equal(2, second.RootElement.GetProperty("id").GetInt32());
        Assert.Equal(1, second.RootElement.GetProperty("points").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("next").ValueKind);
    }

    [Fact]
    public void A_query_sees_the_points_sent_before_it()
    {
        using RawClient client = _fixture.Open("slung.v2");
        for (int i = 1; i <= 50; i++)
        {
            client.Send([.. RawClient.Frame(2, Wire.Rows(Wire.Event(i, i, "x"))),
                .. RawClient.Frame(1, """{"id":1,"query":"COUNT:x:[]"}"""u8)]);
            string text;
            while (!(text = Wire.Show(client.ReadFrame())).StartsWith('{')) Assert.StartsWith("ack", text);
            Assert.Equal($$"""{"id":1,"value":{{i}},"count":{{i}}}""", text);
        }
    }

    [Theory]
    [InlineData("""{"id":1,"query":"AVG:cpu"}""", 1, 7)]
    [InlineData("""{"id":7,"subscribe":"XYZ:cpu:[]"}""", 7, 0)]
    [InlineData("""{"id":7,"subscribe":"AVG:cpu:[] BY host"}""", 7, 11)]
    [InlineData("not json", null, 0)]
    [InlineData("", null, 0)]
    [InlineData("[1]", null, 0)]
    [InlineData("""{"id":1}""", 1, 7)]
    [InlineData("""{"query":"AVG:cpu:[]"}""", null, 21)]
    [InlineData("""{"id":1,"query":5}""", 1, 16)]
    [InlineData("""{"id":1,"query":"AVG:cpu:[]","colour":2}""", 1, 29)]
    [InlineData("""{"id":1,"query":"AVG:cpu:[]","subscribe":"AVG:cpu:[]"}""", 1, 29)]
    [InlineData("""{"id":"1","query":"AVG:cpu:[]"}""", null, 6)]
    [InlineData("""{"id":1.5,"query":"AVG:cpu:[]"}""", null, 6)]
    [InlineData("""{"id":1,"id":2,"query":"AVG:cpu:[]"}""", 1, 8)]
    [InlineData("""{"id":1,"unsubscribe":false}""", 1, 22)]
    [InlineData("""{"id":1,"subscribe":"AVG:cpu:[]","limit":2}""", 1, 42)]
    [InlineData("""{"id":1,"query":"RAW:cpu:[]","limit":"x"}""", 1, 37)]
    public void An_error_says_where(string request, int? id, int at)
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendText(request);
        using JsonDocument answer = JsonDocument.Parse(client.ReadText());
        JsonElement root = answer.RootElement;
        Assert.Equal(id is null ? JsonValueKind.Null : JsonValueKind.Number, root.GetProperty("id").ValueKind);
        if (id is not null) Assert.Equal(id, root.GetProperty("id").GetInt32());
        Assert.NotEqual("", root.GetProperty("error").GetString());
        Assert.Equal(at, root.GetProperty("at").GetInt32());
    }

    [Theory]
    [InlineData("""{"id":1,"query":"AVG:cpu:[]"} x""")]
    [InlineData("""{"id":1,"query":{"a":{"b":{"c":1}}}}""")]
    [InlineData("""{"id":1,"query":"\ud800"}""")]
    [InlineData("""{"id":1,"query":"AVG:cpu:[]"}{}""")]
    [InlineData("""{"id":99999999999999999999,"query":"AVG:cpu:[]"}""")]
    [InlineData("""{"id":1,"unsubscribe":true}""")]
    [InlineData("""{"id":1,"query":"AVG:cpu:[]","limit":2}""")]
    public void Other_errors_are_answered_and_the_connection_goes_on(string request)
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendText(request);
        Assert.Contains("\"error\":", client.ReadText());
        client.SendText("""{"id":1,"query":"COUNT:cpu:[]"}""");
        Assert.Equal("""{"id":1,"value":0,"count":0}""", client.ReadText());
    }

    [Fact]
    public void A_subscriber_gets_every_matching_event_of_every_connection()
    {
        using RawClient subscriber = _fixture.Open("slung.v2");
        using RawClient original = _fixture.Open();
        subscriber.SendText("""{"id":2,"subscribe":"AVG:temp:[site=eu]"}""");
        Assert.Equal("""{"id":2,"subscribed":true}""", subscriber.ReadText());
        original.SendBinary(Wire.Event(5, 21.5, "temp", "site=eu", "rack=1"));
        Assert.Equal("""{"id":2,"series":"temp","timestamp":5,"value":21.5,"tags":["rack=1","site=eu"],"""
            + "\"producers\":[2]}", subscriber.ReadText());
        original.SendBinary(Wire.Event(6, 1, "temp", "site=us"));
        original.SendBinary(Wire.Event(7, 1, "other", "site=eu"));
        original.SendBinary(Wire.Event(8, double.NaN, "temp", "site=eu"));
        Assert.Equal("""{"id":2,"series":"temp","timestamp":8,"value":null,"tags":["site=eu"],"producers":[2]}""",
            subscriber.ReadText());
        subscriber.SendText("""{"id":2,"unsubscribe":true}""");
        subscriber.SendText("""{"id":3,"query":"COUNT:temp:[]"}""");
        Assert.Equal("""{"id":3,"value":3,"count":3}""", subscriber.ReadText());
        Assert.Equal(0, _fixture.Live.Subscriptions);
        original.SendBinary(Wire.Event(9, 1, "temp", "site=eu"));
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.Original.Points) == 5);
        subscriber.SendFrame(9, []);
        Assert.Equal(10, subscriber.ReadFrame().Opcode);
    }

    [Fact]
    public void A_point_is_queryable_before_its_subscriber_sees_it()
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendText("""{"id":2,"subscribe":"RAW:t:[]"}""");
        client.ReadText();
        client.SendBinary(Wire.Rows(Wire.Event(1, 1, "t"), Wire.Event(2, 2, "t")));
        string[] frames = [.. Enumerable.Range(0, 3).Select(_ => Wire.Show(client.ReadFrame()))];
        Assert.Contains("ack 2", frames);
        Assert.Contains("""{"id":2,"series":"t","timestamp":1,"value":1,"tags":[],"producers":[1]}""", frames);
        Assert.Contains("""{"id":2,"series":"t","timestamp":2,"value":2,"tags":[],"producers":[1]}""", frames);
    }

    [Fact]
    public void A_windowed_subscription_sends_closed_windows()
    {
        using RawClient client = _fixture.Open("slung.v2");
        long now = Precision.Microseconds.Now(_fixture.Clock) / 10_000_000 * 10_000_000;
        client.SendText("""{"id":4,"subscribe":"SUM:t:[]:[1h]:[10s]"}""");
        Assert.Equal("""{"id":4,"subscribed":true}""", client.ReadText());
        client.SendBinary(Wire.Rows(Wire.Event(now + 1, 1, "t"), Wire.Event(now + 2, 2, "t")));
        Assert.Equal("ack 2", Wire.Show(client.ReadFrame()));
        _fixture.Clock.Move(TimeSpan.FromSeconds(30));
        _fixture.Live.Tick(Precision.Microseconds.Now(_fixture.Clock));
        string text = client.ReadText();
        Assert.Equal($$"""{"id":4,"window":[{{now}},{{now + 10_000_000}}],"value":3,"count":2}""", text);
    }

    [Fact]
    public void A_subscriber_that_does_not_read_is_told_how_much_it_missed()
    {
        const int Count = 50_000;
        using var fixture = new ServerFixture(static o => o with { OutboundPauseBytes = 16 * 1024 });
        using RawClient subscriber = fixture.Open("slung.v2");
        subscriber.Socket.ReceiveBufferSize = 64 * 1024;
        subscriber.SendText("""{"id":2,"subscribe":"RAW:t:[]"}""");
        subscriber.ReadText();
        using RawClient writer = fixture.Open("slung.v2");
        byte[][] events = new byte[100][];
        for (int i = 0; i < Count; i += events.Length)
        {
            for (int k = 0; k < events.Length; k++) events[k] = Wire.Event(i + k, 1, "t", new string('x', 200));
            writer.SendBinary(Wire.Rows(events));
        }
        HttpTests.WaitFor(() => fixture.Sum(static c => c.SlungV2.Points) == Count);
        long seen = 0, dropped = 0;
        while (seen + dropped < Count)
        {
            using JsonDocument message = JsonDocument.Parse(subscriber.ReadText());
            if (message.RootElement.TryGetProperty("dropped", out JsonElement missing)) dropped += missing.GetInt64();
            else seen++;
        }
        Assert.Equal(Count, seen + dropped);
        Assert.True(dropped > 0);
    }

    [Fact]
    public void Subscriptions_are_limited_and_end_with_the_connection()
    {
        RawClient client = _fixture.Open("slung.v2");
        for (int i = 0; i < 64; i++)
        {
            client.SendText($$"""{"id":{{i}},"subscribe":"RAW:t:[]"}""");
            Assert.Contains("subscribed", client.ReadText());
        }
        client.SendText("""{"id":64,"subscribe":"RAW:t:[]"}""");
        Assert.Contains("64 subscriptions", client.ReadText());
        client.SendText("""{"id":5,"subscribe":"RAW:t:[]"}""");
        Assert.Contains("\"error\"", client.ReadText());
        Assert.Equal(64, _fixture.Live.Subscriptions);
        client.Dispose();
        HttpTests.WaitFor(() => _fixture.Live.Subscriptions == 0);
    }

    [Fact]
    public void An_answer_that_is_too_large_is_an_error()
    {
        using var fixture = new ServerFixture(static o => o with { MaxAnswerBytes = 10_000 });
        SeriesId series = fixture.Store.Series("cpu");
        for (int i = 0; i < 10_000; i++) fixture.Store.Put(series, i, i);
        using RawClient client = fixture.Open("slung.v2");
        client.SendText("""{"id":1,"query":"RAW:cpu:[]"}""");
        Assert.Contains("larger than 10000 bytes", client.ReadText());
    }

    [Fact]
    public void A_large_answer_comes_whole()
    {
        SeriesId series = _fixture.Store.Series("cpu");
        for (int i = 0; i < 10_000; i++) _fixture.Store.Put(series, i, i);
        using RawClient client = _fixture.Open("slung.v2");
        client.SendText("""{"id":1,"query":"RAW:cpu:[]"}""");
        using JsonDocument answer = JsonDocument.Parse(client.ReadText());
        Assert.Equal(10_000, answer.RootElement.GetProperty("points").GetArrayLength());
    }

    [Fact]
    public void Text_may_come_in_fragments_and_between_binary_messages()
    {
        using RawClient client = _fixture.Open("slung.v2");
        byte[] query = Encoding.UTF8.GetBytes("""{"id":1,"query":"COUNT:é:[]"}""");
        for (int cut = 0; cut < query.Length; cut += 3)
        {
            client.SendFrame(1, query.AsSpan(0, cut), final: false);
            client.SendFrame(0, query.AsSpan(cut));
            Assert.Equal("""{"id":1,"value":0,"count":0}""", client.ReadText());
        }
        client.SendFrame(1, [0xFF]);
        Assert.Equal(1007, client.ReadClose());
    }
}
