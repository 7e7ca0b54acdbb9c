using System;
using System.Net;
using System.Net.Http;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Http;
using Xunit;
using static Slungd.Tests.Ingest.Http.IntakeFixture;

namespace Slungd.Tests.Ingest.Http;

public sealed class ImportRoutesTests : IDisposable
{
    private readonly IntakeFixture _door;
    private ImportRoutes _routes = null!;

    public ImportRoutesTests() => _door = new IntakeFixture(door =>
    {
        _routes = new ImportRoutes(door.Sink, door.Intake, door.Bodies, door.Metadata, door.Exemplars,
            TimeProvider.System);
        return _routes.All();
    }, Precision.Milliseconds);

    public void Dispose() => _door.Dispose();

    private HttpResponseMessage Post(string text, string type = "text/plain",
        string path = "/api/v1/import/prometheus") => _door.Post(Encoding.UTF8.GetBytes(text), path, type: type);

    [Fact]
    public void LinesAreKept()
    {
        const string lines = """
            {"metric":{"__name__":"up","job":"x"},"values":[1,2.5],"timestamps":[1000,2000]}
            {"metric":{"job":"x"},"values":[1],"timestamps":[1]}

            """;
        HttpResponseMessage answer = Post(lines, path: "/api/v1/import");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("line 2: expected a label __name__ that is not empty; 1 lines could not be read; "
            + "everything else is kept", ErrorOf(answer));
        Assert.Equal((1, 2, 1), (_routes.Lines.Messages, _routes.Lines.Points, _routes.Lines.Malformed));
    }

    [Fact]
    public void WhereReadingEndedIsSaid()
    {
        const string good = """{"metric":{"__name__":"up"},"values":[1],"timestamps":[1]}""";
        StringBuilder lines = new(good + "\n");
        for (int i = 0; i < 10_000; i++) lines.Append("{\n");
        HttpResponseMessage answer = Post(lines + good + "\n" + good, path: "/api/v1/import");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        string error = ErrorOf(answer);
        Assert.StartsWith("line 2: expected JSON", error);
        Assert.EndsWith("; 10000 lines could not be read; too many are no JSON: line 10002 and those behind it were "
            + "not read; everything else before it is kept", error);
        Assert.Equal((1, 10_000), (_routes.Lines.Points, _routes.Lines.Malformed));
        Assert.Equal(HttpStatusCode.NoContent, Post(good, path: "/api/v1/import").StatusCode);
    }

    [Fact]
    public void TextIsKept()
    {
        Assert.Equal(HttpStatusCode.NoContent, Post("# TYPE up gauge\nup{job=\"x\"} 1 1000\nup 2\n").StatusCode);
        Assert.Equal((1, 2, 0),
            (_routes.Exposition.Messages, _routes.Exposition.Points, _routes.Exposition.Malformed));
        System.Collections.Generic.List<(string Family, MetricMetadata Metadata)> known = [];
        _door.Metadata.Read(known, "up", 1);
        Assert.Equal(MetricType.Gauge, Assert.Single(known).Metadata.Type);
    }

    [Fact]
    public void OpenMetricsIsToldByItsType()
    {
        const string text = "up 1 1.5 # {trace_id=\"a\"} 2 1.25\n# EOF\n";
        Assert.Equal(HttpStatusCode.NoContent, Post(text, "application/openmetrics-text").StatusCode);
        Assert.Equal(1_250, Assert.Single(_door.Exemplars.Read(TimeRange.All)).Timestamp);
        Assert.Equal(HttpStatusCode.BadRequest, Post(text).StatusCode);
    }

    [Fact]
    public void OpenMetricsThatIsCutIsKeptAndRefused()
    {
        HttpResponseMessage answer = Post("up 1 1.5\n", "application/openmetrics-text");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("line 2: expected # EOF, the last line of OpenMetrics: the text may be cut; 1 lines could not be "
            + "read; everything else is kept", ErrorOf(answer));
        Assert.Equal((1, 1), (_routes.Exposition.Points, _routes.Exposition.Malformed));
    }

    [Fact]
    public void TheFirstMistakeIsNamedAndTheRestKept()
    {
        _door.Sink.OldestAccepted = 100;
        HttpResponseMessage answer = Post("up 1 1000\nup one\nup 2 50\nup\n");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("line 2: expected a value; 2 lines could not be read; 1 of 2 points refused, the first (point 1): "
            + "older than the retention keeps; everything else is kept",
            ErrorOf(answer));
        Assert.Equal(1UL, _door.Sink.Commits);
    }
}
