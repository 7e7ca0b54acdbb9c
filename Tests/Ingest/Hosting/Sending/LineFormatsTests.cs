using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting.Sending;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Sending;

public sealed class LineFormatsTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 20, 20, 40, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"series":"temp","tags":["site=eu","b"],"timestamp":17,"value":21.5}""", "temp [site=eu b] 17 21.5")]
    [InlineData("""{"value":-0.5e3,"timestamp":"-5","tags":{"site":"eu","x":"y"},"series":"a b"}""",
        "a b [site=eu x=y] -5 -500")]
    [InlineData("""  {"series":"t\u00e4\"","value":true,"timestamp":1}  """, "tä\" [] 1 1")]
    [InlineData("""{"series":"t","value":"NaN","timestamp":"2023-11-14T22:13:20.5Z"}""", "t [] 1700000000500000 NaN")]
    [InlineData("""{"series":"t","value":"-Infinity"}""", "t [] 1795207200000000 -Infinity")]
    public void JsonPoints(string line, string expected) => Assert.Equal(expected, Read(Json(), line));

    [Theory]
    [InlineData("", "expected a JSON object")]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("{\"series\":\"t\",\"value\":1", "expected a JSON object")]
    [InlineData("{\"series\":\"t\",\"value\":1} x", "expected a JSON object")]
    [InlineData("{\"value\":1}", "expected a series")]
    [InlineData("{\"series\":\"\",\"value\":1}", "expected a series")]
    [InlineData("{\"series\":1,\"value\":1}", "expected a string as series")]
    [InlineData("{\"series\":\"t\"}", "expected a number as value")]
    [InlineData("{\"series\":\"t\",\"value\":null}", "expected a number as value")]
    [InlineData("{\"series\":\"t\",\"value\":\"x\"}", "expected a number as value")]
    [InlineData("{\"series\":\"t\",\"value\":[1]}", "expected a number as value")]
    [InlineData("{\"series\":\"t\",\"value\":1,\"timestamp\":1.5}", "expected a timestamp")]
    [InlineData("{\"series\":\"t\",\"value\":1,\"timestamp\":99999999999999999999}", "expected a timestamp")]
    [InlineData("{\"series\":\"t\",\"value\":1,\"tags\":\"a\"}", "expected an array or an object as tags")]
    [InlineData("{\"series\":\"t\",\"value\":1,\"tags\":[1]}", "expected strings as tags")]
    [InlineData("{\"series\":\"t\",\"value\":1,\"metric\":1}", "unknown member \"metric\"")]
    public void JsonMistakes(string line, string expected) => Assert.StartsWith(expected, Read(Json(), line));

    [Theory]
    [InlineData("series,timestamp,value,host", "cpu,17,0.5,a", "cpu [host=a] 17 0.5")]
    [InlineData("value,host,series,tags", "1,,\"c,\"\"x\"\"\",a;b=c;", "c,\"x\" [a b=c] 1795207200000000 1")]
    [InlineData("timestamp,value,series,host", "2023-11-14T22:13:20Z,true,cpu,", "cpu [] 1700000000000000 1")]
    [InlineData("series,value,timestamp", "cpu,inf,", "cpu [] 1795207200000000 Infinity")]
    public void CsvPoints(string header, string line, string expected)
    {
        PointFormat csv = Csv();
        Assert.Equal("", Read(csv, header));
        Assert.Equal(expected, Read(csv, line));
    }

    [Theory]
    [InlineData("cpu,17", "expected 3 columns")]
    [InlineData("cpu,17,1,2", "expected 3 columns")]
    [InlineData("cpu,x,1", "expected a timestamp")]
    [InlineData("cpu,17,", "expected a number as value")]
    [InlineData(",17,1", "expected a series")]
    [InlineData("\"cpu,17,1", "expected a quote")]
    [InlineData("\"cpu\"x,17,1", "expected a quote")]
    [InlineData("\"a\"\",17,1", "expected a quote")]
    public void CsvMistakes(string line, string expected)
    {
        PointFormat csv = Csv();
        Assert.Equal("", Read(csv, "series,timestamp,value"));
        Assert.StartsWith(expected, Read(csv, line));
    }

    [Fact]
    public void CsvNeedsAHeaderThatSaysEnough()
    {
        Assert.StartsWith("expected a header", Read(Csv(), "cpu,17,0.5"));
        Assert.StartsWith("expected a column series, or --series", Read(Csv(), "timestamp,value"));
        PointFormat named = new CsvLines("cpu", Precision.Microseconds, new StoppedClock());
        Assert.Equal("", Read(named, "timestamp,value"));
        Assert.Equal("cpu [] 1 2", Read(named, "1,2"));
    }

    [Theory]
    [InlineData("ns", 1_700_000_000_500_000_000)]
    [InlineData("ms", 1_700_000_000_500)]
    [InlineData("s", 1_700_000_000)]
    public void TimesAsTextFollowThePrecision(string unit, long expected)
    {
        Assert.True(Precisions.TryParse(unit, out Precision precision));
        PointFormat json = new JsonLines(precision, new StoppedClock());
        string line = """{"series":"t","value":1,"timestamp":"2023-11-14T22:13:20.5Z"}""";
        Assert.Equal($"t [] {expected} 1", Read(json, line));
    }

    [Fact]
    public void AnyTextIsReadOrExplained() => Prop.ForAll<string>(static text =>
    {
        CsvLines named = new("s", Precision.Seconds, TimeProvider.System);
        foreach (PointFormat format in (PointFormat[])[Json(), Csv(), named])
            for (int i = 0; i < 2; i++) Read(format, text ?? "");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void AnEventIsWrittenAsTheWireWantsIt()
    {
        PointBuilder point = new() { Timestamp = 1, Value = 42.5 };
        Assert.True(point.TrySetSeries("cpu"u8));
        Assert.True(point.TryAddTag("a"u8, "1"u8));
        byte[] bytes = new byte[point.Length];
        point.WriteTo(bytes);
        Assert.Equal("01000000000000000000000000404540030001006370750300613D31", Convert.ToHexString(bytes));
        Assert.Equal(bytes.Length, PointBuilder.LengthOf(bytes));
        Assert.False(point.TrySetSeries(new byte[65_536]));
        Assert.False(point.TryAddTag(new byte[60_000], new byte[5_535]));
        Assert.True(point.TryAddTag(new byte[60_000], new byte[5_534]));
    }

    private static JsonLines Json() => new(Precision.Microseconds, new StoppedClock());

    private static CsvLines Csv() => new(null, Precision.Microseconds, new StoppedClock());

    /// <summary>The point as text, or what was expected.</summary>
    private static string Read(PointFormat format, string line)
    {
        PointBuilder point = new();
        string? expected = format.Read(Encoding.UTF8.GetBytes(line), point);
        if (expected is not null) return expected;
        byte[] bytes = new byte[point.Length];
        point.WriteTo(bytes);
        int at = 20 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(16));
        string series = Encoding.UTF8.GetString(bytes.AsSpan(20, at - 20));
        List<string> tags = [];
        for (int i = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(18)); i > 0; i--)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
            tags.Add(Encoding.UTF8.GetString(bytes.AsSpan(at + 2, length)));
            at += 2 + length;
        }
        Assert.Equal(bytes.Length, at);
        return FormattableString.Invariant($"{series} [{string.Join(' ', tags)}] {point.Timestamp} {point.Value}");
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => s_now;
    }
}
