using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.MetricLines;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.MetricLines;

public class MetricLineDecoderTests
{
    private readonly TextSink _sink = new(Precision.Nanoseconds);
    private readonly WriteBatch _batch;
    private readonly MetricLineDecoder _decoder;

    public MetricLineDecoderTests()
    {
        _batch = new WriteBatch(_sink);
        _decoder = new MetricLineDecoder(Precision.Nanoseconds, _batch);
    }

    private void Decode(string text)
    {
        _batch.Clear();
        _decoder.Decode(Encoding.UTF8.GetBytes(text));
        _batch.Commit();
    }

    [Fact]
    public void LinesAreRead()
    {
        Decode("""
            {"metric":{"__name__":"up","job":"x\n"},"values":[1,null,"NaN"],"timestamps":[1,2,3]}
            {"metric":{"__name__":"up"},"values":["Infinity","-Infinity"],"timestamps":[4,5]}

              {"later":{"a":[1]},"timestamps":[-1],"values":[1e300],"metric":{"__name__":"späť"}}
            """);
        Assert.Null(_decoder.Problem);
        Assert.Equal(
        [
            "up{job=x\n} 1000000 1", "up{job=x\n} 2000000 NaN", "up{job=x\n} 3000000 NaN",
            "up{} 4000000 Infinity", "up{} 5000000 -Infinity", "späť{} -1000000 1E+300",
        ], _sink.Points);
    }

    [Theory]
    [InlineData("[]", "an object")]
    [InlineData("{", "JSON; at byte 1: ")]
    [InlineData("{} {}", "JSON; at byte 3: ")]
    [InlineData("{}", "a label __name__ that is not empty")]
    [InlineData("""{"metric":[]}""", "an object as metric")]
    [InlineData("""{"metric":{"__name__":1}}""", "texts as labels")]
    [InlineData("""{"metric":{"__name__":"a"},"values":[1],"timestamps":[]}""",
        "as many values as timestamps, got 1 and 0")]
    [InlineData("""{"metric":{"__name__":"a"},"values":["x"]}""", "numbers that fit")]
    [InlineData("""{"metric":{"__name__":"a"},"values":[1e400],"timestamps":[1]}""", "numbers that fit")]
    [InlineData("""{"metric":{"__name__":"a"},"values":[-1E309],"timestamps":[1]}""", "numbers that fit")]
    [InlineData("""{"metric":{"__name__":"a"},"timestamps":[1.5]}""", "whole milliseconds")]
    [InlineData("""{"metric":{"__name__":"a","a=b":"1"},"values":[1],"timestamps":[1]}""", "label names that")]
    [InlineData("""{"metric":{"__name__":"a","":"1"},"values":[1],"timestamps":[1]}""", "label names that")]
    [InlineData("""{"metric":{"__name__":"a","b":"1","a":"1","b":"2"},"values":[1],"timestamps":[1]}""",
        "each label once")]
    [InlineData("""{"metric":{"__name__":"a","__name__":"b"},"values":[1],"timestamps":[1]}""", "each label once")]
    [InlineData("""{"metric":{"__name__":"a"},"values":1}""", "an array as values")]
    public void ABadLineIsNamedAndTheOthersStand(string line, string expected)
    {
        const string good = """{"metric":{"__name__":"a"},"values":[1],"timestamps":[1]}""";
        Decode($"{good}\n{line}\n{good}");
        Assert.Equal(1, _decoder.Malformed);
        Assert.StartsWith("line 2: expected " + expected, _decoder.Problem, StringComparison.Ordinal);
        Assert.Equal(["a{} 1000000 1", "a{} 1000000 1"], _sink.Points);
    }

    [Fact]
    public void NumbersOfAnyLengthAreRead()
    {
        string many = new('9', 305), tiny = "0." + new string('0', 400) + "1";
        Decode($"{{\"timestamps\":[1,2],\"metric\":{{\"__name__\":\"a\"}},\"values\":[{many},{tiny}]}}");
        Assert.Equal(["a{} 1000000 1E+305", "a{} 2000000 0"], _sink.Points);
        Decode($"{{\"metric\":{{\"__name__\":\"a\"}},\"values\":[{many}99999],\"timestamps\":[1]}}");
        Assert.Equal(1, _decoder.Malformed);
    }

    /// <summary>A line may be as long as a body; what it takes in managed memory may not.</summary>
    [Fact]
    public void ALongLineTakesNoMemoryForItsPoints()
    {
        const int count = 500_000;
        StringBuilder text = new("{\"metric\":{\"__name__\":\"a\"},\"values\":[0");
        for (int i = 1; i < count; i++) text.Append(",1");
        text.Append("],\"timestamps\":[0");
        for (int i = 1; i < count; i++) text.Append(",1");
        byte[] line = Encoding.UTF8.GetBytes(text.Append("]}").ToString());
        WriteBatch batch = new(new QuietSink());
        MetricLineDecoder decoder = new(Precision.Milliseconds, batch);
        long before = GC.GetAllocatedBytesForCurrentThread();
        decoder.Decode(line);
        batch.Commit();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
        Assert.Equal((count, 0), (batch.Count, decoder.Malformed));
    }

    [Fact]
    public void LabelsAreBounded()
    {
        StringBuilder text = new("{\"metric\":{\"__name__\":\"a\"");
        for (int i = 0; i < 70_000; i++) text.Append(",\"a\":\"\"");
        Decode(text.Append("},\"values\":[1],\"timestamps\":[1]}").ToString());
        Assert.StartsWith("line 1: expected at most 65535 labels", _decoder.Problem, StringComparison.Ordinal);
        Decode($"{{\"metric\":{{\"__name__\":\"{new string('x', 2 << 20)}\"}},\"values\":[1],\"timestamps\":[1]}}");
        Assert.StartsWith("line 1: expected at most 65535 labels", _decoder.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void ATextThatIsNoJsonAtAllIsGivenUp()
    {
        const string good = """{"metric":{"__name__":"a"},"values":[1],"timestamps":[1]}""";
        StringBuilder text = new();
        for (int i = 0; i < 10_000; i++) text.Append("x\n");
        Decode(text.ToString() + "\n" + good + "\n" + good);
        Assert.Equal((10_000, 10_002, 0), (_decoder.Malformed, _decoder.GivenUpAt, _sink.Points.Count));
        Decode(text + "\n"); // nothing was left
        Assert.Equal((10_000, null), (_decoder.Malformed, _decoder.GivenUpAt));
        Decode(text.ToString(2, text.Length - 2) + good);
        Assert.Equal((9_999, null, 1), (_decoder.Malformed, _decoder.GivenUpAt, _sink.Points.Count));
    }

    [Fact]
    public void ATimeThatDoesNotFitIsRefusedAlone()
    {
        Decode("""{"metric":{"__name__":"a"},"values":[1,2],"timestamps":[9223372036854775807,2]}""");
        Assert.Equal(["a{} 2000000 2"], _sink.Points);
        Assert.Equal(RefusalCode.TooNew, _batch.Refusals.CodeOf(0));
    }
}
