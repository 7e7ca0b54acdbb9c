using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Exposition;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Exposition;

public class ExpositionDecoderTests
{
    private readonly TextSink _sink = new();
    private readonly NotesText _notes = new();
    private readonly ExpositionDecoder _decoder;
    private readonly WriteBatch _batch;

    public ExpositionDecoderTests()
    {
        _batch = new WriteBatch(_sink);
        _decoder = new ExpositionDecoder(Precision.Milliseconds, _batch, _notes);
    }

    private void Decode(string text, bool isOpenMetrics = false)
    {
        _batch.Clear();
        _decoder.Decode(Encoding.UTF8.GetBytes(text), isOpenMetrics, now: 77);
        _batch.Commit();
    }

    /// <summary>The example of the format's page.</summary>
    [Fact]
    public void TheTextFormatIsRead()
    {
        Decode("""
            # HELP http_requests_total The total number of HTTP requests.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            http_requests_total{method="post",code="400"}    3 1395066363000

            # Escaping in label values:
            msdos_file_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

            # Minimalistic line:
            metric_without_timestamp_and_labels 12.47

            # A weird metric from before the epoch:
            something_weird{problem="division by zero"} +Inf -3982045

              rpc_duration_seconds { quantile = "0.01" , } 3102
            rpc_duration_seconds{} NaN
            """);
        Assert.Null(_decoder.Problem);
        Assert.Equal(
        [
            "http_requests_total{method=post,code=200} 1395066363000 1027",
            "http_requests_total{method=post,code=400} 1395066363000 3",
            "msdos_file_seconds{path=C:\\DIR\\FILE.TXT,error=Cannot find file:\n\"FILE.TXT\"} 77 1458255915",
            "metric_without_timestamp_and_labels{} 77 12.47",
            "something_weird{problem=division by zero} -3982045 Infinity",
            "rpc_duration_seconds{quantile=0.01} 77 3102", "rpc_duration_seconds{} 77 NaN",
        ], _sink.Points);
        Assert.Equal(
            ["http_requests_total help The total number of HTTP requests.", "http_requests_total type counter"],
            _notes.Lines);
    }

    [Fact]
    public void ALineThatIsNoUtf8IsNamed()
    {
        _decoder.Decode([.. "up{a=\""u8, 0xff, .. "\"} 1\nup 2"u8], isOpenMetrics: false, now: 77);
        _batch.Commit();
        Assert.Equal("line 1: expected UTF-8", _decoder.Problem);
        Assert.Equal(["up{} 77 2"], _sink.Points);
    }

    [Theory]
    [InlineData(false, "a\nb\\c \\\"d\\\" \\e")]
    [InlineData(true, "a\nb\\c \"d\" \\e")]
    public void EscapesOfHelpAreUndone(bool isOpenMetrics, string help)
    {
        Decode("""
            # HELP hz a\nb\\c \"d\" \e
            # HELP "h\\z" x\\y
            """, isOpenMetrics);
        Assert.Equal(["hz help " + help, "h\\z help x\\y"], _notes.Lines);
    }

    [Fact]
    public void OpenMetricsIsRead()
    {
        Decode("""
            # TYPE foo histogram
            # UNIT foo seconds
            foo_bucket{le="0.01"} 0
            foo_bucket{le="0.1"} 8 # {} 0.054
            foo_bucket{le="1"} 11 1520879607.789 # {trace_id="KOO{}5S4vxi0o"} 0.67 1520879607.5
            foo_bucket{le="2"} 12 1520879607.789 # {} 1.5
            {"my.dotted.metric", "error.code"="404",job="x"} 1.5e1 0.0015
            # EOF

            """, isOpenMetrics: true);
        Assert.Null(_decoder.Problem);
        Assert.Equal(
        [
            "foo_bucket{le=0.01} 77 0", "foo_bucket{le=0.1} 77 8", "foo_bucket{le=1} 1520879607789 11",
            "foo_bucket{le=2} 1520879607789 12", "my.dotted.metric{error.code=404,job=x} 1 15",
        ], _sink.Points);
        Assert.Equal(
        [
            "foo type histogram", "foo unit seconds", "77 0.054 of __name__=foo_bucket le=0.1",
            "1520879607500 0.67 of __name__=foo_bucket le=1 with trace_id=KOO{}5S4vxi0o",
            "1520879607789 1.5 of __name__=foo_bucket le=2",
        ], _notes.Lines);
    }

    [Theory]
    [InlineData("{a=\"b\"} 1", "the quoted name of a metric first")]
    [InlineData("1up 1", "the name of a metric")]
    [InlineData("-", "the name of a metric")]
    [InlineData("up", "a value")]
    [InlineData("up one", "a value")]
    [InlineData("up +nan", "a value")]
    [InlineData("up ∞", "a value")]
    [InlineData("up 1\0", "a value")]
    [InlineData("up 1e400", "a value that fits into a 64-bit float, got 1e400")]
    [InlineData("up -1e309", "a value that fits into a 64-bit float, got -1e309")]
    [InlineData("up 1 1\0", "a time in milliseconds")]
    [InlineData("up 1 x", "a time in milliseconds")]
    [InlineData("up 1 1.5", "a time in milliseconds")]
    [InlineData("up 1 1 1", "the end of the line")]
    [InlineData("up{a} 1", "an equals sign")]
    [InlineData("up{a=b} 1", "a quoted value")]
    [InlineData("up{a=\"b} 1", "a quoted value")]
    [InlineData("up{a=\"b\\\"} 1", "a quoted value")]
    [InlineData("up{a=\"b\" c=\"d\"} 1", "a comma or a closing brace")]
    [InlineData("up{a=\"b\"", "a comma or a closing brace")]
    [InlineData("up{", "the name of a label")]
    [InlineData("up{\"\"=\"x\"} 1", "the name of a label")]
    [InlineData("up{\"a=b\"=\"x\"} 1", "the name of a label")]
    [InlineData("up{a=\"1\",a=\"2\"} 1", "each label once")]
    [InlineData("up{b=\"1\",c=\"1\",a=\"1\",\"c\"=\"\"} 1", "each label once")]
    [InlineData("up{a=\"1\",__name__=\"x\"} 1", "one name")]
    [InlineData("{\"up\",__name__=\"x\"} 1", "one name")]
    [InlineData("up 1 # x", "the labels of an exemplar")]
    [InlineData("up 1 # {a=\"b\"", "the end of an exemplar's labels")]
    [InlineData("up 1 # {} x", "an exemplar's value")]
    [InlineData("up 1 # {} 1e400", "an exemplar's value that fits into a 64-bit float, got 1e400")]
    [InlineData("# TYPE up thing", "a type: ")]
    [InlineData("# TYPE", "the name of a metric")]
    public void ABadLineIsNamedAndTheOthersStand(string line, string expected)
    {
        Decode($"before 1\r\n{line}\nafter 2");
        Assert.Equal(1, _decoder.Malformed);
        Assert.StartsWith("line 2: expected " + expected, _decoder.Problem, StringComparison.Ordinal);
        Assert.Equal("before{} 77 1", _sink.Points[0]);
        Assert.Equal("after{} 77 2", _sink.Points[^1]);
    }

    [Theory]
    [InlineData("", 1, "# EOF")]
    [InlineData("up 1\n", 2, "# EOF")]
    [InlineData("up 1\n# EOF \n", 3, "# EOF")]
    [InlineData("up 1\n# EOF\nup 2\n", 3, "nothing behind # EOF")]
    [InlineData("up 1\n# EOF\n\n", 3, "nothing behind # EOF")]
    public void OpenMetricsMustEndWithItsMark(string text, int line, string expected)
    {
        Decode(text, isOpenMetrics: true);
        Assert.StartsWith($"line {line}: expected {expected}", _decoder.Problem, StringComparison.Ordinal);
        Assert.Equal(1, _decoder.Malformed);
        Assert.Equal(text.Length == 0 ? [] : ["up{} 77 1"], _sink.Points);
    }

    [Fact]
    public void ATimeThatTheStoreDoesNotHaveRefusesItsPoint()
    {
        ExpositionDecoder decoder = new(Precision.Nanoseconds, _batch, _notes);
        _batch.Clear();
        decoder.Decode("a 1 9223372036855\na 2 -9223372036855\na 3 1"u8, isOpenMetrics: false, now: 77);
        _batch.Commit();
        Assert.Equal((RefusalCode.TooNew, RefusalCode.TooOld, RefusalCode.None),
            (_batch.Refusals.CodeOf(0), _batch.Refusals.CodeOf(1), _batch.Refusals.CodeOf(2)));
        Assert.Equal((0, 3), (decoder.Malformed, _batch.Count));
        _batch.Clear();
        decoder.Decode("a 1 9223372037\na 2 1 # {} 1 9223372037\n# EOF"u8, isOpenMetrics: true, now: 77);
        _batch.Commit();
        Assert.Equal((0, 1, 2), (decoder.Malformed, _batch.Refusals.Points, _batch.Count));
        Assert.Empty(_notes.Lines);
    }

    [Fact]
    public void ALineThatIsTooLongIsPassedOver()
    {
        Decode("a{b=\"\\n" + new string('x', ExpositionDecoder.MaxLineBytes) + "\"} 1\nup 2");
        Assert.Equal("line 1: expected a line of at most 1114112 bytes", _decoder.Problem);
        Assert.Equal(["up{} 77 2"], _sink.Points);
    }

    [Fact]
    public void ALabelThatCantBeStoredIsRefused()
    {
        Decode("up{\"a=b\"=\"c\"} 1\nup{\"\"=\"c\"} 1\nup 2");
        Assert.Equal(["up{} 77 2"], _sink.Points);
        Assert.Equal(2, _decoder.Malformed);
    }

    [Fact]
    public void LinesAllocateNothing()
    {
        StringBuilder text = new();
        for (int i = 0; i < 300; i++)
            text.Append("cpu_seconds_total{cpu=\"").Append(i).Append("\",mode=\"a\\\\b\"} 1.5 3\n");
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        WriteBatch batch = new(new QuietSink());
        ExpositionDecoder decoder = new(Precision.Milliseconds, batch, _notes);
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            batch.Clear();
            decoder.Decode(bytes, false, 0);
            batch.Commit();
        }));
        Assert.Equal(300, batch.Count);
        Assert.Null(decoder.Problem);
    }
}
