using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.MetricLines;
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
    [InlineData("""{"metric":{"__name__":"a"},"values":["x"]}""", "numbers, null")]
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
    public void ATimeThatDoesNotFitIsRefusedAlone()
    {
        Decode("""{"metric":{"__name__":"a"},"values":[1,2],"timestamps":[9223372036854775807,2]}""");
        Assert.Equal(["a{} 2000000 2"], _sink.Points);
        Assert.Equal(RefusalCode.TooNew, _batch.Refusals.CodeOf(0));
    }
}
