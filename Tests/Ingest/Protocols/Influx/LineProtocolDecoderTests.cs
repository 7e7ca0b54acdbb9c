using System;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Influx;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Influx;

public sealed class LineProtocolDecoderTests : IDisposable
{
    private readonly TextSink _sink = new();
    private readonly LineCache _cache = new(new ByteBudget(1 << 20), seed: 7);
    private readonly LineProtocolDecoder _decoder;

    public LineProtocolDecoderTests() => _decoder = new LineProtocolDecoder(_sink, _cache, isTextKept: true);

    public void Dispose() => _cache.Dispose();

    private void Decode(string text, string precision = "ms") => Decode(Encoding.UTF8.GetBytes(text), precision);

    private void Decode(byte[] text, string precision = "ms")
    {
        Assert.True(LineTimes.TryParse(precision, Precision.Milliseconds, out LineTimes times));
        _decoder.Decode(text, times, now: 77);
    }

    [Theory]
    // docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference, its examples
    [InlineData("weather,location=us-midwest temperature=82 1465839830100",
        "weather_temperature{location=us-midwest} 1465839830100 82")]
    [InlineData("weather temperature=82 1", "weather_temperature{} 1 82")]
    [InlineData("weather temperature=82", "weather_temperature{} 77 82")]
    [InlineData("weather temperature=82i 1", "weather_temperature{} 1 82i")]
    [InlineData("weather temperature=\"too warm\" 1", "weather_temperature{} 1 \"too warm\"")]
    [InlineData("weather too_hot=true 1", "weather_too_hot{} 1 true")]
    [InlineData("weather,location\\ place=us-midwest temperature=82 1",
        "weather_temperature{location place=us-midwest} 1 82")]
    [InlineData("wea\\,ther,location=us-midwest temperature=82 1", "wea,ther_temperature{location=us-midwest} 1 82")]
    [InlineData("wea\\ ther temperature=82 1", "wea ther_temperature{} 1 82")]
    [InlineData("weather,location=us\\,midwest temp\\=rature=82 1", "weather_temp=rature{location=us,midwest} 1 82")]
    [InlineData("weather t=\"too\\\"hot\\\"\" 1", "weather_t{} 1 \"too\"hot\"\"")]
    [InlineData("weather t=\"too hot/cold\" 1", "weather_t{} 1 \"too hot/cold\"")]
    [InlineData("weather t=\"too hot\\cold\" 1", "weather_t{} 1 \"too hot\\cold\"")]
    [InlineData("weather t=\"too hot\\\\cold\" 1", "weather_t{} 1 \"too hot\\cold\"")]
    [InlineData("weather t=\"too hot\\\\\\cold\" 1", "weather_t{} 1 \"too hot\\\\cold\"")]
    [InlineData("weather,location=us-midwest temperature_🔥=82 1", "weather_temperature_🔥{location=us-midwest} 1 82")]
    // and beyond
    [InlineData("m value=1 1", "m{} 1 1")]
    [InlineData("m=x value=1 1", "m=x{} 1 1")]
    [InlineData("m\\=x value=1 1", "m\\=x{} 1 1")]
    [InlineData("m,a=C:\\\\d\\e value=1 1", "m{a=C:\\\\d\\e} 1 1")]
    [InlineData("m,b=1,a=2,ab=3,B=4 value=1 1", "m{b=1,a=2,ab=3,B=4} 1 1")]
    [InlineData("m,a\\,b=c\\ d\\=e value=1 1", "m{a,b=c d=e} 1 1")]
    [InlineData("  m   a=1    5  ", "m_a{} 5 1")]
    [InlineData("m a=1 5\r", "m_a{} 5 1")]
    [InlineData("m a=1 -5", "m_a{} -5 1")]
    [InlineData("m a=1 9223372036854775807\nm a=2 -9223372036854775808",
        "m_a{} 9223372036854775807 1|m_a{} -9223372036854775808 2")]
    [InlineData("m a=1,b=-2i,c=3u,d=f 5", "m_a{} 5 1|m_b{} 5 -2i|m_c{} 5 3u|m_d{} 5 false")]
    [InlineData("m a=\"x, y=z\nw\" 5", "m_a{} 5 \"x, y=z\nw\"")]
    [InlineData("m a=\"\" 5", "m_a{} 5 \"\"")]
    [InlineData("m a=0.1,b=-0.5,c=1.,d=.5,e=1e3,f=-1.5E-2 5",
        "m_a{} 5 0.1|m_b{} 5 -0.5|m_c{} 5 1|m_d{} 5 0.5|m_e{} 5 1000|m_f{} 5 -0.015")]
    [InlineData("m a=98.19639278544743,b=0.1234567890123456789,c=123456789012345678901 5",
        "m_a{} 5 98.19639278544743|m_b{} 5 0.12345678901234568|m_c{} 5 1.2345678901234568E+20")]
    [InlineData("m a=-9223372036854775808i,b=18446744073709551615u 5",
        "m_a{} 5 -9223372036854775808i|m_b{} 5 18446744073709551615u")]
    [InlineData("m a=t,b=T,c=true,d=True,e=TRUE 5", "m_a{} 5 true|m_b{} 5 true|m_c{} 5 true|m_d{} 5 true|m_e{} 5 true")]
    [InlineData("m a=f,b=F,c=false,d=False,e=FALSE 5",
        "m_a{} 5 false|m_b{} 5 false|m_c{} 5 false|m_d{} 5 false|m_e{} 5 false")]
    [InlineData("# weather 1\n \t\r\n\nm a=1 5\n#", "m_a{} 5 1")]
    public void LinesAreRead(string text, string expected)
    {
        Decode(text);
        Assert.Empty(_decoder.Problems);
        Assert.Equal(expected.Split('|'), _sink.Points);
        Decode(text); // now everything is known
        Assert.Empty(_decoder.Problems);
        Assert.Equal(expected.Split('|'), _sink.Points.Skip(_sink.Points.Count / 2));
    }

    [Theory]
    [InlineData("cpu", "missing fields")]
    [InlineData("cpu ", "missing fields")]
    [InlineData("cpu,a=b", "missing fields")]
    [InlineData(",a=b v=1", "missing measurement")]
    [InlineData("cpu,=b v=1", "missing tag key")]
    [InlineData("cpu,a= v=1", "missing tag value")]
    [InlineData("cpu,a v=1", "missing tag value")]
    [InlineData("cpu, v=1", "missing tag key")]
    [InlineData("cpu,a=b=c v=1", "invalid tag format")]
    [InlineData("cpu,a=b,a=b v=1", "duplicate tags")]
    [InlineData("cpu,b=1,a=1,c=2,a=2 v=1", "duplicate tags")]
    [InlineData("cpu,a\\ b=1,a\\ b=2 v=1", "duplicate tags")]
    [InlineData("cpu,a\\=b=c v=1", "expected a tag key without an equals sign")]
    [InlineData("cpu,__name__=x v=1", "expected one name, not a tag __name__ besides it")]
    [InlineData("cpu v", "missing field value")]
    [InlineData("cpu v=", "missing field value")]
    [InlineData("cpu v= 1", "missing field value")]
    [InlineData("cpu v=1,", "missing field value")]
    [InlineData("cpu =1", "missing field key")]
    [InlineData("cpu v,w=1", "invalid field format")]
    [InlineData("cpu v=1, w=2", "invalid field format")]
    [InlineData("cpu v=1x", "invalid number")]
    [InlineData("cpu v=-", "invalid number")]
    [InlineData("cpu v=.", "invalid number")]
    [InlineData("cpu v=1.2.3", "invalid number")]
    [InlineData("cpu v=1e400", "invalid number")]
    [InlineData("cpu v=1e", "invalid number")]
    [InlineData("cpu v=NaN", "expected a number, a boolean or a text in quotes")]
    [InlineData("cpu v=+1", "expected a number, a boolean or a text in quotes")]
    [InlineData("cpu v=tru", "expected a number, a boolean or a text in quotes")]
    [InlineData("cpu v=9223372036854775808i", "expected an integer")]
    [InlineData("cpu v=1.5i", "expected an integer")]
    [InlineData("cpu v=-1u", "expected an unsigned integer")]
    [InlineData("cpu v=\"x", "unbalanced quotes")]
    [InlineData("cpu v=\"x\\\"", "unbalanced quotes")]
    [InlineData("cpu v=\"x\"y", "invalid field format")]
    [InlineData("cpu v=1 now", "bad timestamp")]
    [InlineData("cpu v=1 -", "bad timestamp")]
    [InlineData("cpu v=1 1.5", "bad timestamp")]
    [InlineData("cpu v=1 1 1", "bad timestamp")]
    [InlineData("cpu v=1 9223372036854775808", "time outside range")]
    [InlineData("cpu v=1 -9223372036854775809", "time outside range")]
    [InlineData("cpu a=1,b=2,v=", "missing field value")]
    public void ABadLineIsNamedAndTheOthersStand(string line, string expected)
    {
        Decode($"cpu v=1 1\n{line}\ncpu v=2 2");
        Assert.Equal((1, 2), (_decoder.Malformed, _decoder.ProblemLine));
        string problem = Assert.Single(_decoder.Problems);
        Assert.StartsWith($"line 2: unable to parse '{line}", problem, StringComparison.Ordinal);
        Assert.Contains($": {expected}", problem, StringComparison.Ordinal);
        Assert.Equal(["cpu_v{} 1 1", "cpu_v{} 2 2"], _sink.Points);
        Assert.Equal(2, _decoder.Rows.Count);
        Assert.Equal(["cpu_v{}"], _sink.Names); // a line that can't be read makes no series
    }

    [Fact]
    public void TheFirstBadLinesAreNamedEach()
    {
        Decode("m a=1 1\n" + string.Concat(Enumerable.Range(0, 10).Select(static i => $"bad{i}\n")) + "m a=2 2\n");
        Assert.Equal((10, 2, 8), (_decoder.Malformed, _decoder.ProblemLine, _decoder.Problems.Count));
        Assert.Equal("line 9: unable to parse 'bad7': missing fields", _decoder.Problems[^1]);
        Assert.Equal(["m_a{} 1 1", "m_a{} 2 2"], _sink.Points);
    }

    [Theory]
    [InlineData("ns", "1700000000123456789", 1_700_000_000_123)]
    [InlineData("n", "-1", -1)]
    [InlineData("u", "1700000000123456", 1_700_000_000_123)]
    [InlineData("us", "1700000000123456", 1_700_000_000_123)]
    [InlineData("µ", "1700000000123456", 1_700_000_000_123)]
    [InlineData("ms", "1700000000123", 1_700_000_000_123)]
    [InlineData("s", "1700000000", 1_700_000_000_000)]
    [InlineData("m", "28333333", 1_699_999_980_000)]
    [InlineData("h", "-2", -7_200_000)]
    public void TimesHaveThePrecisionOfTheRequest(string precision, string time, long expected)
    {
        Decode("m value=1 " + time, precision);
        Assert.Equal([$"m{{}} {expected} 1"], _sink.Points);
    }

    [Fact]
    public void ATimeThatDoesNotFitIsRefused()
    {
        Decode("m a=1,b=2 9223372036854775807\nm a=1 1\nm a=1 -9223372036854775807", "h");
        Assert.Equal(["m_a{} 3600000 1"], _sink.Points);
        Assert.Equal((4, 3, 1),
            (_decoder.Rows.Count, _decoder.Rows.Refusals.Points, _decoder.Rows.FirstRefusedLine));
        Assert.Equal(RefusalCode.TooNew, _decoder.Rows.Refusals.CodeOf(1));
        Assert.Equal(RefusalCode.TooOld, _decoder.Rows.Refusals.CodeOf(3));
        Assert.False(LineTimes.TryParse("d", Precision.Milliseconds, out _));
    }

    [Fact]
    public void RefusedPointsAreKnownByTheirLine()
    {
        _sink.TooOld.Add(5);
        Decode("m a=1 1\nlimit a=1,b=2 2\nm a=1,b=2 5\nm a=1 3");
        Assert.Equal(["m_a{} 1 1", "m_a{} 3 1"], _sink.Points);
        Assert.Equal((6, 4, 2),
            (_decoder.Rows.Count, _decoder.Rows.Refusals.Points, _decoder.Rows.FirstRefusedLine));
        Assert.Equal(RefusalCode.SeriesLimit, _decoder.Rows.Refusals.CodeOf(2));
        Assert.Equal(RefusalCode.TooOld, _decoder.Rows.Refusals.CodeOf(3));
    }

    /// <summary>Any order of lines and fields, with known and unknown ones between, finds its series.</summary>
    [Fact]
    public void WhatIsRememberedNeverMixesSeries()
    {
        var random = new Random(3);
        using var small = new LineCache(new ByteBudget(16 << 10), seed: 1); // too small for all
        LineProtocolDecoder decoder = new(_sink, small, isTextKept: true);
        LineTimes.TryParse("ms", Precision.Milliseconds, out LineTimes times);
        StringBuilder text = new(), expected = new();
        for (int round = 0; round < 100; round++)
        {
            text.Clear();
            expected.Clear();
            _sink.Points.Clear();
            int last = random.Next(2, 200);
            for (int i = 0; i < 100; i++)
            {
                int host = random.Next(last), fields = random.Next(1, 5), first = random.Next(3);
                text.Append("cpu,host=h").Append(host).Append(' ');
                for (int f = first; f < first + fields; f++)
                {
                    text.Append(f > first ? "," : "").Append('f').Append(f).Append('=').Append(f + host * 10);
                    expected.Append("cpu_f").Append(f).Append("{host=h").Append(host).Append("} ").Append(i)
                        .Append(' ').Append(f + host * 10).Append('\n');
                }
                text.Append(' ').Append(i).Append('\n');
            }
            decoder.Decode(Encoding.UTF8.GetBytes(text.ToString()), times, 0);
            Assert.Empty(decoder.Problems);
            Assert.Equal(expected.ToString(), string.Concat(_sink.Points.Select(static p => p + '\n')));
        }
    }

    [Fact]
    public void TextsCanBeLeftOut()
    {
        LineProtocolDecoder decoder = new(_sink, _cache, isTextKept: false);
        LineTimes.TryParse("ms", Precision.Milliseconds, out LineTimes times);
        byte[] text = "m a=1,b=\"x\",c=2 1\nm b=\"y\" 2\nm b=1 3\n"u8.ToArray();
        decoder.Decode(text, times, 0);
        Assert.Equal(["m_a{} 1 1", "m_c{} 1 2", "m_b{} 3 1"], _sink.Points);
        Assert.Equal((2, 0, 3), (decoder.TextsDropped, decoder.Malformed, decoder.Rows.Count));
    }

    [Fact]
    public void BytesThatAreNoTextAreRefused()
    {
        foreach (string line in new[] { "c\u00ff a=1", "c,t=\u00ff a=1", "c \u00ff=1", "c a=\"\u00ff\"" })
        {
            Decode(Encoding.Latin1.GetBytes(line + "\nc a=1 1\n"));
            Assert.EndsWith(": invalid UTF-8", _decoder.Problems[0], StringComparison.Ordinal);
            Assert.Equal(1, _decoder.Malformed);
        }
        Assert.Equal(4, _sink.Points.Count);
    }

    [Fact]
    public void LongLinesAndKeysAreRefused()
    {
        string longest = new('x', LineProtocolDecoder.MaxLineBytes - "m a=\"\" 1".Length);
        Check($"m a=\"{longest}\" 1", "expected a text of at most 1048576 bytes");
        Check($"m a=\"{longest}x\" 1", "expected a line of at most 1114112 bytes");
        Check($"m a=\"{longest}", "expected a line of at most 1114112 bytes");
        Check($"m,a={longest[..70_000]} b=1 1", "expected at most 65535 tags, each of at most 65535 bytes");
        Check($"m {new string('a', 65_534)}=1", "expected measurement and field of at most 65535 bytes together");
        Check("m" + string.Concat(Enumerable.Range(0, 65_536).Select(static i => $",{i}=b")) + " a=1",
            "expected at most 65535 tags");
        Check("#" + longest + longest, "expected a line of at most");
        Decode("m " + string.Join(',', Enumerable.Range(0, 20_000).Select(static i => $"{i}={i}")) + " 7");
        Assert.Equal((20_000, 0), (_decoder.Rows.Count, _decoder.Malformed));
        Assert.Equal("m_19999{} 7 19999", _sink.Points[^1]);

        void Check(string line, string expected)
        {
            _sink.Points.Clear();
            Decode($"{line}\nm c=1 1\n");
            Assert.Contains(expected, _decoder.Problems[0], StringComparison.Ordinal);
            Assert.True(_decoder.Problems[0].Length < 300);
            Assert.Equal(["m_c{} 1 1"], _sink.Points);
        }
    }

    [Fact]
    public void KnownLinesAllocateNothing()
    {
        StringBuilder text = new();
        for (int i = 0; i < 300; i++)
            text.Append("cpu,host=h").Append(i).Append(" a=1.5,b=2i,c=t,d=\"x\\\"y\",e=1e3 1700000000000\n");
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        LineProtocolDecoder decoder = new(new QuietSink(), _cache, isTextKept: true);
        LineTimes.TryParse("ms", Precision.Microseconds, out LineTimes times);
        Assert.Equal(0, AllocatedBytes.LeastOf(() => decoder.Decode(bytes, times, 0)));
        Assert.Equal(1_500, decoder.Rows.Count);
        Assert.Empty(decoder.Problems);
    }
}
