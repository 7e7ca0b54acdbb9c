using System.IO;
using System.Net;
using System.Text;
using System.Text.Json;
using Slungd.Ingest.Hosting.Commands;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Commands;

public sealed class QueryTextTests
{
    [Theory]
    [InlineData("""{"id":1,"value":49.9,"count":10}""", "49.9\n")]
    [InlineData("""{"id":1,"value":null,"count":0}""", "null\n")]
    [InlineData("""{"value":"on","count":2}""", "on\n")]
    [InlineData("""{"windows":[[-60,1.5,2],[0,null,1]]}""", "-60\t1.5\t2\n0\tnull\t1\n")]
    [InlineData("""{"windows":[]}""", "")]
    [InlineData("""{"groups":[{"by":{"host":"a","dc":null},"value":1,"count":2}]}""", "host=a\tdc\t1\t2\n")]
    [InlineData("""{"groups":[{"by":{"a":""},"value":1,"count":2}]}""", "a=\t1\t2\n")]
    [InlineData("""{"groups":[{"by":{"h":"a"},"windows":[[0,1,2],[60,3,4]]},{"by":{"h":"b"},"windows":[[0,5,6]]}]}""",
        "h=a\t0\t1\t2\nh=a\t60\t3\t4\nh=b\t0\t5\t6\n")]
    [InlineData("""{"points":[{"series":"s","tags":["a","k=v"],"timestamp":7,"value":1e300}],"next":null}""",
        "7\t1e300\ts\ta\tk=v\n")]
    [InlineData("""{"points":[{"series":"a\tb","tags":["c\r\n","\\t\u001b[2J\u009b"],"timestamp":7,"value":"e\nf"}]}""",
        "7\te\\nf\ta\\tb\tc\\r\\n\t\\\\t\\u001b[2J\\u009b\n")]
    [InlineData("""{"groups":[{"by":{"a\tb":"c\nd"},"value":1,"count":2}]}""", "a\\tb=c\\nd\t1\t2\n")]
    public void EveryShapeHasItsColumns(string answer, string expected)
    {
        StringWriter output = new();
        QueryText.Write(output, JsonDocument.Parse(answer).RootElement);
        Assert.Equal(expected, output.ToString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("no JSON")]
    [InlineData("""{"groups":[{}]}""")]
    [InlineData("""{"groups":[{"by":{"a":1}}]}""")]
    [InlineData("""{"windows":[[]]}""")]
    [InlineData("""{"points":[{"timestamp":1,"value":1,"series":null,"tags":[]}]}""")]
    public void AnotherFormIsOneLine(string answer)
    {
        JsonElement json = AnswerForm.Parse(Encoding.UTF8.GetBytes(answer));
        IOException other = Assert.Throws<IOException>(() => AnswerForm.Read(new IPEndPoint(IPAddress.Loopback, 7),
            json, static json => QueryText.Write(new StringWriter(), json)));
        Assert.Equal("127.0.0.1:7: expected a slungd, got an answer of another form", other.Message);
    }

    [Fact]
    public void JsonIsTheAnswerWithoutItsId()
    {
        StringWriter output = new();
        QueryText.WriteJson(output, JsonDocument.Parse("""{"id":1,"value":49.90,"count":10}""").RootElement);
        Assert.Equal("{\"value\":49.90,\"count\":10}\n", output.ToString());
    }
}
