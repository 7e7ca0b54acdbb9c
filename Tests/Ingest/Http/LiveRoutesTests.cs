using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class LiveRoutesTests
{
    [Fact]
    public void EventsArriveAsDataLinesAndTheEndIsClean()
    {
        using HttpFixture http = new();
        using HttpResponseMessage answer = Open(http, "AVG:temp:[site=eu]");
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.ToString());
        using StreamReader lines = new(answer.Content.ReadAsStream(), Encoding.UTF8);
        Append(http, "temp", "site=us", 1, 5);
        Append(http, "temp", "site=eu", 7, 21.5);
        Assert.Equal("""
            data: {"series":"temp","timestamp":7,"value":21.5,"tags":["site=eu"],"producers":[3]}
            """, lines.ReadLine());
        Assert.Equal("", lines.ReadLine());
        http.EndStreams();
        Assert.Null(lines.ReadLine());
    }

    [Fact]
    public void AClientThatLeavesIsForgotten()
    {
        using HttpFixture http = new();
        using (Open(http, "AVG:temp:[]")) Assert.Equal(1, http.Hub.Subscriptions);
        Assert.True(SpinWait.SpinUntil(() => http.Hub.Subscriptions == 0, Patience.Limit));
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("?q=AVG:temp", 400)]
    [InlineData("?q=AVG:temp:[]%20BY%20site", 400)]
    public void MistakesAreAnsweredBeforeTheStream(string parameters, int status)
    {
        using HttpFixture http = new();
        HttpResponseMessage answer = http.Get("/api/v1/live" + parameters);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("error", HttpFixture.Json(answer).GetProperty("status").GetString());
        Assert.Equal(0, http.Hub.Subscriptions);
    }

    [Fact]
    public void DuringRecoveryIs503()
    {
        using HttpFixture http = new();
        http.Sink.State = SinkState.Recovering;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, http.Get("/api/v1/live?q=AVG:temp:[]").StatusCode);
    }

    private static HttpResponseMessage Open(HttpFixture http, string query)
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/live?q=" + Uri.EscapeDataString(query));
        return http.Client.Send(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static void Append(HttpFixture http, string name, string tag, long timestamp, double value)
    {
        byte[] key = FakeEventSink.WireKey(name, tag);
        Assert.Equal(RefusalCode.None, http.Hub.Resolve(key, ValueFamily.Float, out SeriesId series));
        EventRow row = new()
        {
            Series = series,
            Family = ValueFamily.Float,
            Timestamp = timestamp,
            Bits = BitConverter.DoubleToUInt64Bits(value),
        };
        http.Hub.AppendRows(3, [row], default, new RefusalLog());
    }
}
