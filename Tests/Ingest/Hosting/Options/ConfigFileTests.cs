using System.Collections.Generic;
using System.IO;
using System.Text;
using Slungd.Ingest.Hosting.Options;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Options;

public sealed class ConfigFileTests
{
    [Fact]
    public void TakesEveryKindOfValueAndComments()
    {
        Dictionary<string, OptionValue> values = Parse("""
            {
              // where
              "listen": "127.0.0.1:1",
              "threads": 4,
              "insecure": true,
              "allow-host": ["a", "b"],
            }
            """, out List<string> errors);
        Assert.Empty(errors);
        Assert.Equal("127.0.0.1:1", Assert.Single(values["listen"].Texts));
        Assert.Equal("4", Assert.Single(values["threads"].Texts));
        Assert.Equal("true", Assert.Single(values["insecure"].Texts));
        Assert.Equal(["a", "b"], values["allow-host"].Texts);
        Assert.Equal("f.json:3: \"listen\"", values["listen"].Where);
    }

    [Theory]
    [InlineData("""{"lisen": "127.0.0.1:1"}""", "f.json:1: \"lisen\": no such option")]
    [InlineData("{\"http\": \"off\",\n\"http\": \"off\"}", "f.json:2: \"http\": stands here twice")]
    [InlineData("""{"http": null}""", "f.json:1: \"http\": expected a string")]
    [InlineData("""{"http": {"port": [1]}, "data": "d"}""", "f.json:1: \"http\": expected a string")]
    [InlineData("""{"allow-host": ["a", {}]}""", "f.json:1: \"allow-host\": expected a string")]
    [InlineData("""{"config": "other.json"}""", "f.json:1: \"config\": cannot stand in a config file")]
    [InlineData("{\n\"log-level\":\"\\ud800\"}", "f.json:2: expected text in UTF-8")]
    [InlineData("{\"\\ud800\": 1}", "f.json:1: expected text in UTF-8")]
    [InlineData("{\"data\": \"\u00ff\"}", "f.json:1: expected text in UTF-8")] // in Latin-1
    [InlineData("{\"data\": \"a\\u0000b\"}", "f.json:1: \"data\": expected a text without zero bytes")]
    [InlineData("[]", "f.json: expected a JSON object")]
    [InlineData("", "f.json:1: not valid JSON")]
    [InlineData("{\n\"http\": off}", "f.json:2: not valid JSON")]
    [InlineData("{} {}", "f.json:1: not valid JSON")]
    public void MistakesNameTheirLine(string json, string expected)
    {
        Parse(json, out List<string> errors);
        Assert.StartsWith(expected, Assert.Single(errors));
    }

    [Fact]
    public void AMissingFileIsAnError()
    {
        List<string> errors = [];
        Assert.Empty(ConfigFile.Read(Path.Combine(Path.GetTempPath(), "slungd-no-such-file.json"), errors));
        Assert.Single(errors);
    }

    private static Dictionary<string, OptionValue> Parse(string json, out List<string> errors)
    {
        Dictionary<string, OptionValue> values = [];
        errors = [];
        ConfigFile.Parse("f.json", Encoding.Latin1.GetBytes(json), values, errors);
        return values;
    }
}
