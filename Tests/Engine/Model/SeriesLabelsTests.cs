using System;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Engine.Model;

public class SeriesLabelsTests
{
    [Theory]
    [InlineData("cpu", "", "__name__=cpu")]
    [InlineData("", "a=1", "a=1")]
    [InlineData("cpu", "muted host=b", "__name__=cpu host=b muted=true")]
    [InlineData("cpu", "a=1 a=2 a=10", "__name__=cpu a=2")] // the last in sort order
    [InlineData("cpu", "a a=x", "__name__=cpu a=x")]
    [InlineData("cpu", "a a=", "__name__=cpu")]
    [InlineData("cpu", "a=x=y", "__name__=cpu a=x=y")]
    [InlineData("cpu", "=x", "__name__=cpu")]
    [InlineData("cpu", "__name__=other __name__", "__name__=cpu")]
    [InlineData("", "__name__=other", "")]
    [InlineData("cpu", "\U00010000=1 \uffee=2", "__name__=cpu \uffee=2 \U00010000=1")] // by code point
    public void LabelsAreWhatTheTagsSay(string name, string tags, string expected)
    {
        SeriesKey key = KeyOf(name, tags);
        Label[] labels = key.ToLabels();
        Assert.Equal(expected, string.Join(' ', labels.Select(static l => l.Name + "=" + l.Value)));
        foreach (Label label in labels)
            Assert.Equal(label.Value, Encoding.UTF8.GetString(key.LabelValue(Encoding.UTF8.GetBytes(label.Name))));
    }

    [Fact]
    public void ALabelThatIsNotThereIsEmpty()
    {
        SeriesKey key = KeyOf("cpu", "a=1 b=2=3 bare");
        foreach (string label in new[] { "", "c", "a=", "a=1", "b=2", "1", "true", "bar" })
            Assert.True(key.LabelValue(Encoding.UTF8.GetBytes(label)).IsEmpty, label);
    }

    internal static SeriesKey KeyOf(string name, string tags) => new(Encoding.UTF8.GetBytes(name),
        [.. tags.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct().Select(Encoding.UTF8.GetBytes)
            .OrderBy(Convert.ToHexString, StringComparer.Ordinal)]);
}
