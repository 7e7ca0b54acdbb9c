using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Graphite;

public sealed class GraphiteDecoderTests : IDisposable
{
    private readonly TextSink _sink = new();
    private readonly LineCache _cache = new(new ByteBudget(1 << 20), seed: 7);

    public void Dispose() => _cache.Dispose();

    private GraphiteDecoder Decode(string text, params string[] templates) =>
        Decode(Encoding.UTF8.GetBytes(text), templates);

    private GraphiteDecoder Decode(byte[] text, params string[] templates)
    {
        List<GraphiteTemplate> parsed = [];
        foreach (string template in templates)
        {
            Assert.Null(GraphiteTemplate.TryParse(template, out GraphiteTemplate? one));
            parsed.Add(one!);
        }
        GraphiteDecoder decoder = new(_sink, _cache, parsed);
        Assert.Equal(text.Length, decoder.Decode(text, isEnd: true, now: 77));
        decoder.Rows.HandOver();
        return decoder;
    }

    [Theory]
    [InlineData("a.b.c 1.5 1700000000\n", "a.b.c{} 1700000000000 1.5")]
    [InlineData("a.b.c 42", "a.b.c{} 77 42")]
    [InlineData("a 1 -1\na 2 N\r\n", "a{} 77 1|a{} 77 2")]
    [InlineData("a inf 1\na -Inf 2\na +INF 3", "a{} 1000 Infinity|a{} 2000 -Infinity|a{} 3000 Infinity")]
    [InlineData("a 1 -1.0\na 2 -1e0", "a{} 77 1|a{} 77 2")]
    [InlineData("a\t-1e3  1700000000.25 \n", "a{} 1700000000250 -1000")]
    [InlineData("a 0.1234567890123456789 -2.5", "a{} -2500 0.12345678901234568")]
    [InlineData("disk;host=x;dc=eu west 1", "")] // a blank ends a path
    [InlineData("disk;host=x;path=/a=b 1 2", "disk{host=x,path=/a=b} 2000 1")]
    [InlineData("a nan 1\n\n  \nb 1 1", "b{} 1000 1")]
    public void LinesAreRead(string text, string expected)
    {
        for (int round = 0; round < 2; round++)
        {
            _sink.Points.Clear();
            Decode(text);
            Assert.Equal(expected, string.Join('|', _sink.Points));
        }
    }

    /// <summary>As doubles these lie below what they say.</summary>
    [Theory]
    [InlineData("ms", "1.001", 1_001)]
    [InlineData("ms", "1700000483.666", 1_700_000_483_666)]
    [InlineData("ms", "1700000001.1", 1_700_000_001_100)]
    [InlineData("us", "1700000483.666", 1_700_000_483_666_000)]
    [InlineData("ns", "1700000483.666", 1_700_000_483_666_000_000)]
    [InlineData("ms", "1.9999", 1_999)]
    [InlineData("ms", "-0.0001", -1)]
    [InlineData("s", "1700000483.666", 1_700_000_483)]
    [InlineData("ms", "9007199254740993", 9_007_199_254_740_993_000)]
    public void FractionsOfSecondsAreExact(string unit, string seconds, long time)
    {
        Assert.True(Precisions.TryParse(unit, out Precision precision));
        TextSink sink = new(precision);
        GraphiteDecoder decoder = new(sink, _cache, []);
        decoder.Decode(Encoding.ASCII.GetBytes($"a 1 {seconds}"), isEnd: true, now: 77);
        double number = double.Parse(seconds, CultureInfo.InvariantCulture);
        if (number < 1L << 53) Assert.True(decoder.TryAdd("a"u8, number, 1, now: 77));
        decoder.Rows.HandOver();
        Assert.All(sink.Points, point => Assert.Equal($"a{{}} {time} 1", point));
        Assert.NotEmpty(sink.Points);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a x")]
    [InlineData("a 1 x")]
    [InlineData("a 1 nan")]
    [InlineData("a 1 -")]
    [InlineData("a 1 .")]
    [InlineData("a 1 1.5\0")]
    [InlineData("a 1 1 1")]
    [InlineData("a - 1")]
    [InlineData("a 1 1e30")]
    [InlineData("a 1 99999999999999999")]
    [InlineData(";a=b 1 1")]
    [InlineData("a; 1 1")]
    [InlineData("a;b 1 1")]
    [InlineData("a;=b 1 1")]
    [InlineData("a;b= 1 1")]
    public void ABadLineIsCountedAndTheOthersStand(string line)
    {
        GraphiteDecoder decoder = Decode($"x 1 1\n{line}\nx 2 2\n");
        Assert.Equal((1, line), (decoder.Malformed, decoder.Problem));
        Assert.Equal(["x{} 1000 1", "x{} 2000 2"], _sink.Points);
    }

    [Fact]
    public void BytesThatAreNoTextAndLongPathsAreRefused()
    {
        Assert.Equal(1, Decode("a\u00ff 1 1"u8.ToArray().Select(static b => b == 0xbf ? (byte)0xff : b).ToArray())
            .Malformed);
        string longest = new('a', GraphiteKey.MaxPathBytes);
        Assert.Equal(0, Decode(longest + " 1 1").Malformed);
        GraphiteDecoder decoder = Decode(longest + "a 1 1");
        Assert.Equal((1, 128), (decoder.Malformed, decoder.Problem!.Length));
    }

    [Theory]
    [InlineData("a.b.c", "a.b.c{}")]
    [InlineData("a.b.c", "a_b_c{}", "measurement*")]
    [InlineData("servers.web01.cpu.load", "cpu_load{host=web01}", "servers.* .host.measurement*")]
    [InlineData("other.web01.cpu.load", "other.web01.cpu.load{}", "servers.* .host.measurement*")]
    [InlineData("servers.web01.cpu.load", "cpu_load{host=web01,region=eu,zone=1}",
        "servers.* .host.measurement.field region=eu,zone=1")]
    [InlineData("servers.web01.cpu.load.more", "cpu_load_more{host=web01}", ".host.measurement.field*")]
    [InlineData("us.west.web.cpu", "cpu{region=us_west,host=web}", "region.region.host.measurement")]
    [InlineData("a.b", "b_a{}", "field.measurement")]
    [InlineData("a.b;x=y", "b{t=a,x=y}", "t.measurement")]
    [InlineData("a", "a{t=a}", "t.measurement")] // too short for a name: it is the name
    [InlineData("a.b.c.d", "b{t=a}", "t.measurement")]
    [InlineData("a..c", "c{t=a}", "t.u.measurement")]
    [InlineData("x.b", "x_b{}", "a t.measurement", "x measurement*", "u.measurement")]
    public void TemplatesMakeNamesAndTags(string path, string expected, params string[] templates)
    {
        Decode(path + " 1 1", templates);
        Assert.Equal([expected + " 1000 1"], _sink.Points);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b c d")]
    [InlineData("a b c")]
    [InlineData("host.x")]
    [InlineData("measurement*.host")]
    [InlineData("measurement.ho*st")]
    [InlineData("measurement a=")]
    public void BadTemplatesAreRefused(string text) => Assert.NotNull(GraphiteTemplate.TryParse(text, out _));

    [Fact]
    public void KnownPathsAllocateNothing()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 300).Select(static i =>
            $"servers.web{i}.load 1.5 1700000000\nservers.web{i}.free 98.19639278544743 1700000000.5\n")));
        GraphiteDecoder decoder = new(new QuietSink(), _cache, []);
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            decoder.Rows.Clear();
            decoder.Decode(text, isEnd: true, now: 0);
            decoder.Rows.HandOver();
        }));
        Assert.Equal((600, 0), (decoder.Rows.Count, decoder.Malformed));
    }
}
