using System;
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Engine.Query;

public sealed class QueryJsonTests
{
    private static string Json(ISeriesReader store, string text, QueryOptions options = default)
    {
        QueryResult result = QueryExecutorTests.Executor(store).Execute(DslTexts.Parse(text), options);
        Assert.Equal(QueryStatus.Done, result.Status);
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter writer = new(bytes, QueryJson.WriterOptions))
        {
            writer.WriteStartObject();
            QueryJson.WriteMembers(writer, result);
            writer.WriteEndObject();
        }
        JsonDocument.Parse(bytes.WrittenMemory).Dispose();
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static FakeSeriesReader Store()
    {
        FakeSeriesReader store = new();
        SeriesId a = store.Series("m", "host=a", "x\"y"), b = store.Series("m", "host=b"), c = store.Series("m");
        store.Put(a, 1, 0.1);
        store.Put(a, 12, 1e21);
        store.Put(b, 2, double.NaN);
        store.Put(c, -1, -2.5);
        store.Put(store.Series("text"), 5, "é\"\n<>");
        store.Put(store.Series("bytes"), 5, ValueFamily.Bytes, 0, new byte[] { 0, 255, 1 });
        store.Put(store.Series("none"), 5, double.PositiveInfinity);
        return store;
    }

    [Theory]
    [InlineData("MAX:m:[]", """{"value":1000000000000000000000,"count":4}""")]
    [InlineData("AVG:m:[]", """{"value":null,"count":4}""")]
    [InlineData("AVG:nothing:[]", """{"value":null,"count":0}""")]
    [InlineData("COUNT:nothing:[]", """{"value":0,"count":0}""")]
    [InlineData("COUNT:m:[]", """{"value":4,"count":4}""")]
    [InlineData("FIRST:text:[]", "{\"value\":\"é\\\"\\n<>\",\"count\":1}")]
    [InlineData("LAST:bytes:[]", """{"value":"AP8B","count":1}""")]
    [InlineData("SUM:text:[]", """{"value":null,"count":0}""")]
    [InlineData("MIN:none:[]", """{"value":null,"count":1}""")]
    [InlineData("MIN:m:[]:[-9,99]:[10us]", """{"windows":[[-10,-2.5,1],[0,0.1,2],[10,1000000000000000000000,1]]}""")]
    [InlineData("MIN:nothing:[]:[-9,99]:[10us]", """{"windows":[]}""")]
    [InlineData("SUM:m:[NOT host=b]:[-9,9] BY host", """
        {"groups":[{"by":{"host":null},"value":-2.5,"count":1},{"by":{"host":"a"},"value":0.1,"count":1}]}
        """)]
    [InlineData("LAST:m:[host=a]:[-9,9]:[10us] BY host,dc", """
        {"groups":[{"by":{"host":"a","dc":null},"windows":[[0,0.1,1]]}]}
        """)]
    [InlineData("COUNT:nothing:[] BY host", """{"groups":[]}""")]
    [InlineData("RAW:m:[]:[-9,0]", """
        {"points":[{"series":"m","tags":[],"timestamp":-1,"value":-2.5}],"next":null}
        """)]
    [InlineData("RAW:m:[host=a]:[-9,9]", """
        {"points":[{"series":"m","tags":["host=a","x\"y"],"timestamp":1,"value":0.1}],"next":null}
        """)]
    [InlineData("RAW:m:[host=b]", """
        {"points":[{"series":"m","tags":["host=b"],"timestamp":2,"value":null}],"next":null}
        """)]
    [InlineData("RAW:text:[]", """
        {"points":[{"series":"text","tags":[],"timestamp":5,"value":"é\"\n<>"}],"next":null}
        """)]
    [InlineData("RAW:bytes:[]", """
        {"points":[{"series":"bytes","tags":[],"timestamp":5,"value":"AP8B"}],"next":null}
        """)]
    [InlineData("RAW:nothing:[]", """{"points":[],"next":null}""")]
    public void Answers(string query, string json) => Assert.Equal(json, Json(Store(), query));

    [Fact]
    public void The_next_page_is_named()
    {
        string json = Json(Store(), "RAW:m:[]", new QueryOptions { Limit = 1 });
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(1, document.RootElement.GetProperty("points").GetArrayLength());
        Assert.Matches("^[A-Za-z0-9_-]+$", document.RootElement.GetProperty("next").GetString()!);
    }

    [Fact]
    public void Names_that_are_not_UTF8_do_not_break_the_answer()
    {
        FakeSeriesReader store = new();
        store.Put(store.Series("m"u8.ToArray(), [[0xff, (byte)'x'], [.. "k="u8, 0xc3]]), 1, 2.0);
        using JsonDocument raw = JsonDocument.Parse(Json(store, "RAW:m:[]"));
        JsonElement tags = raw.RootElement.GetProperty("points")[0].GetProperty("tags");
        Assert.Equal(("k=\uFFFD", "\uFFFDx"), (tags[0].GetString(), tags[1].GetString()));
        using JsonDocument grouped = JsonDocument.Parse(Json(store, "SUM:m:[] BY k"));
        JsonElement by = grouped.RootElement.GetProperty("groups")[0].GetProperty("by");
        Assert.Equal("\uFFFD", by.GetProperty("k").GetString());
    }

    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(42, "42")]
    [InlineData(42.5, "42.5")]
    [InlineData(1e15, "1000000000000000")]
    [InlineData(1.5e16, "15000000000000000")]
    [InlineData(123456789012345680, "123456789012345680")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(1e-5, "0.00001")]
    [InlineData(-1.25e-7, "-0.000000125")]
    [InlineData(1e300, "1" + Zeros + Zeros + Zeros)]
    public void Numbers_have_no_exponent(double value, string text) => Assert.Equal(text, Decimal(value));

    private const string Zeros = // a hundred
        "00000000000000000000000000000000000000000000000000" + "00000000000000000000000000000000000000000000000000";

    [Fact]
    public void Numbers_read_back_as_the_same_float() =>
        Prop.ForAll<DoNotSize<long>>(bits =>
        {
            double value = BitConverter.Int64BitsToDouble(bits.Item);
            if (!double.IsFinite(value)) return true;
            string text = Decimal(value);
            return !text.Contains('E') && double.Parse(text, CultureInfo.InvariantCulture).Equals(value)
                && text.Length <= DecimalText.MaxBytes;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void The_longest_number_fits()
    {
        Assert.Equal(double.Epsilon, double.Parse(Decimal(double.Epsilon), CultureInfo.InvariantCulture));
        Assert.Equal(double.MinValue, double.Parse(Decimal(double.MinValue), CultureInfo.InvariantCulture));
        double longest = -1.2345678901234567e-308;
        Assert.InRange(Decimal(longest).Length, 320, DecimalText.MaxBytes);
    }

    private static string Decimal(double value)
    {
        byte[] bytes = new byte[DecimalText.MaxBytes];
        return Encoding.ASCII.GetString(bytes, 0, DecimalText.Write(value, bytes));
    }
}
