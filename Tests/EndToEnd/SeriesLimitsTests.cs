using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Slungd.Tests.Ingest.Http;
using Slungd.Tests.Ingest.Protocols.Otlp;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Slungd.Tests.Ingest.Protocols.RemoteWrite;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>More series than there may be, and names, labels and values that are too long, at each door: each is
/// refused as that protocol says it, and the points beside them stand.</summary>
public class SeriesLimitsTests
{
    private const string Limit = "the limit of series is reached";

    [EndToEndFact]
    public async Task NewSeriesAreRefusedAtEachDoorAndKnownOnesGoOn()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--max-series", "2", "--precision", "ms", "--otlp-grpc",
            "127.0.0.1:0", "--graphite", "127.0.0.1:0", "--statsd", "127.0.0.1:0", "--statsd-flush", "100ms");
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.RowsOf([new("cpu", ["host=a"], 1, 1), new("cpu", ["host=b"], 1, 1)]));
        await client.Acknowledged(2);
        // From here on: a point of a known series, one of a new one, one of a known one.
        await client.Send(WireMessages.RowsOf(
            [new("cpu", ["host=a"], 2, 1), new("new", [], 2, 1), new("cpu", ["host=a"], 3, 1)]));
        byte[] error = (await client.Receive())!.Value.Bytes;
        Assert.Equal([0x82, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7, 0], error[..15]);
        Assert.Contains(Limit, Encoding.UTF8.GetString(error));
        await client.Acknowledged(5);
        await client.Send(WireMessages.DefineOf(1, "another"));
        await client.Send(WireMessages.RegularOf(1, 0, 1, new double[10]));
        error = (await client.Receive())!.Value.Bytes;
        Assert.Equal((10u, 7), (BinaryPrimitives.ReadUInt32LittleEndian(error.AsSpan(9)), error[13]));

        await using WebSocketClient original = await WebSocketClient.Original(daemon);
        await original.Send(WireMessages.Event(4, 1, "new"));
        await original.Send(WireMessages.Event(4, 1, "cpu", "host=a"));
        await Counted(daemon, 4);
        await Shown(daemon, "slungd_protocol_refused_total{protocol=\"original\"}", 1);

        await Refused(daemon, "/api/v1/import/prometheus", "cpu{host=\"a\"} 1 5\nnew 1 5\ncpu{host=\"a\"} 1 6\n", 6);
        await Refused(daemon, "/api/v1/import", """
            {"metric":{"__name__":"cpu","host":"a"},"values":[1,2],"timestamps":[7,8]}
            {"metric":{"__name__":"new"},"values":[1,2],"timestamps":[7,8]}
            """, 8);
        await Refused(daemon, "/write?precision=ms", "cpu,host=a value=1 9\nnew value=1 9\ncpu,host=a value=1 10", 10);
        byte[] written = [.. Series("cpu", 11, "host:a"), .. Series("new", 11), .. Series("cpu", 12, "host:a")];
        await Refused(daemon, "/api/v1/write", RemoteWriteRoutesTests.Snappy(written), 12);

        byte[] metrics = OtlpMessages.Request(OtlpMessages.Metric("new", "", OtlpMessages.Gauge, 0, false,
            OtlpMessages.Number(1, 1)));
        using ByteArrayContent otlp = new(metrics);
        otlp.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        using (HttpResponseMessage answer = await daemon.Post("/v1/metrics", otlp)) // a partial success
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains(Limit, await answer.Content.ReadAsStringAsync());
        }
        string called = await GrpcCalls.Answer(await daemon.Door("OTLP door for gRPC"), metrics, null);
        Assert.StartsWith("0  ", called);
        Assert.Contains(Convert.ToHexString(Encoding.UTF8.GetBytes(Limit)), called);

        using RawPeer graphite = await RawPeer.To(await daemon.Door("Graphite door"));
        await graphite.Send("cpu;host=a 1 1\nnew 1 1\ncpu;host=a 1 2\n");
        await Counted(daemon, 14);
        await Shown(daemon, "slungd_protocol_refused_total{protocol=\"graphite\"}", 1);
        using Socket statsd = new(SocketType.Dgram, ProtocolType.Udp);
        await statsd.ConnectAsync(await daemon.Door("StatsD door"));
        await statsd.SendAsync("cpu:1|g|#host:a\nnew:1|g\n"u8.ToArray());
        await Patience.Until("a refused point", () => daemon.Metric(
            "slungd_protocol_refused_total{protocol=\"statsd\"}"), static count => count > 0);
        Assert.Equal(2, await daemon.Metric("slungd_series"));
        Assert.True(await daemon.Value("COUNT:cpu:[host=a]") > 14);
        // The store's figure has them all, though it has seen none of these points. StatsD's may grow meanwhile.
        double refused = 0;
        foreach (string protocol in (string[])["slung.v2", "original", "exposition", "json_lines", "influx",
            "remote_write", "otlp", "graphite", "statsd"])
        {
            double own = await daemon.Metric($"slungd_protocol_refused_total{{protocol=\"{protocol}\"}}");
            Assert.True(own > 0, protocol);
            refused += own;
        }
        double all = await daemon.Metric("slungd_points_refused_total{reason=\"series_limit\"}");
        Assert.InRange(all, 1 + 10 + 1 + 1 + 2 + 1 + 1 + 2 + 1 + 1, double.MaxValue);
        Assert.InRange(all, refused, double.MaxValue);
    }

    /// <summary>What would not fit a key, or is longer than any sender has a reason for. Each comes between two good
    /// points.</summary>
    [EndToEndFact]
    public async Task NamesAndLabelsThatAreTooLongAreRefusedAlone()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--precision", "ms", "--graphite", "127.0.0.1:0",
            "--statsd", "127.0.0.1:0", "--statsd-flush", "100ms");
        string text = new('x', 65_536), fits = text[1..];
        StringBuilder many = new("n0=\"v\"");
        for (int i = 1; i < 70_000; i++) many.Append($",n{i}=\"v\"");
        string[] bad = [$"{text}", $"m{{n=\"{text}\"}}", $"m{{{text}=\"v\"}}", $"m{{{many}}}"];
        foreach (string series in bad)
            await Refused(daemon, "/api/v1/import/prometheus", $"cpu 1 1\n{series} 1 1\ncpu 1 2\n", 2, series: "cpu");
        foreach (string key in (string[])[text, "m,n=" + text, $"m,{text}=v", "m," + many.Replace("\"", "")])
            await Refused(daemon, "/write?precision=ms", $"cpu value=1 1\n{key} value=1 1\ncpu value=1 2", 2, "cpu");
        foreach (string metric in (string[])[$"\"__name__\":\"{text}\"", $"\"n\":\"{text}\"", $"\"{text}\":\"v\""])
            await Refused(daemon, "/api/v1/import",
                $"{{\"metric\":{{{metric}}},\"values\":[1],\"timestamps\":[1]}}\n", 2, "cpu");
        byte[] written = [.. Series("cpu", 1), .. Series(text, 1), .. Series("m", 1, "n:" + text), .. Series("cpu", 2)];
        await Refused(daemon, "/api/v1/write", RemoteWriteRoutesTests.Snappy(written), 2, "cpu");

        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        await client.Send(WireMessages.RowsOf([new(fits, [fits, "n=" + fits[2..]], 1, 1)])); // as long as may be
        await client.Acknowledged(1);
        Assert.Equal(1, (await client.Query($"COUNT:{fits}:[n=*]:[0,9]")).GetProperty("count").GetInt32());

        using RawPeer graphite = await RawPeer.To(await daemon.Door("Graphite door"));
        await graphite.Send($"cpu 1 1\ncpu;n={text[..16_384]} 1 2\nbad;n 1 2\ncpu 1 3\n");
        await daemon.Counted("cpu:[]:[3,3000]", 2); // 1 and 3 s
        await Shown(daemon, "slungd_protocol_malformed_total{protocol=\"graphite\"}", 2);
        using Socket statsd = new(SocketType.Dgram, ProtocolType.Udp);
        await statsd.ConnectAsync(await daemon.Door("StatsD door"));
        string tags = string.Join(',', System.Linq.Enumerable.Range(0, 65));
        await statsd.SendAsync(Encoding.UTF8.GetBytes(
            $"good:1|g\n{text[..1025]}:1|g\nlong:1|g|#n:{text[..4097]}\nmany:1|g|#{tags}\n"));
        await Patience.Until("the good one", () => daemon.Value("COUNT:good:[]"), static count => count > 0);
        await Shown(daemon, "slungd_protocol_malformed_total{protocol=\"statsd\"}", 3);
        Assert.Equal(3, await daemon.Metric("slungd_series"));
    }

    private static byte[] Series(string name, long time, params string[] labels) => new ProtoMessage().Add(1,
        RemoteWriteDecoderTests.Series(["__name__:" + name, .. labels]).Add(2, RemoteWriteDecoderTests.Sample(1, time)))
        .Bytes;

    private static Task Refused(Daemon daemon, string path, string body, long kept, string? series = null) =>
        Refused(daemon, path, Encoding.UTF8.GetBytes(body), kept, series);

    /// <summary>400, and so many points of the known series are there afterwards.</summary>
    private static async Task Refused(Daemon daemon, string path, byte[] body, long kept, string? series = null)
    {
        using ByteArrayContent content = new(body);
        using HttpResponseMessage answer = await daemon.Post(path, content);
        string said = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{path}: {answer.StatusCode} {said}");
        if (series is null) Assert.Contains(Limit, said);
        await Counted(daemon, kept, series is null ? "cpu:[host=a]" : series + ":[]");
    }

    /// <summary>Waits for a figure: what has no answers counts points once they are stored.</summary>
    private static Task<double> Shown(Daemon daemon, string metric, double expected) =>
        Patience.Until(metric, () => daemon.Metric(metric), value => value == expected);

    private static Task<double?> Counted(Daemon daemon, long points, string selection = "cpu:[host=a]") =>
        daemon.Counted($"{selection}:[0,9000000]", points);
}
