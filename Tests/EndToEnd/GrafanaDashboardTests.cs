using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Slungd.Engine.PromQL.Syntax;
using Slungd.Tests.Tidy;
using Slungd.Tests.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>docs/grafana/slungd.json: its shape, and that the executable has every metric it shows and answers every
/// query.</summary>
public partial class GrafanaDashboardTests
{
    private const int GridWidth = 24;

    private static readonly JsonElement s_dashboard =
        JsonDocument.Parse(Repository.Read("docs/grafana/slungd.json")).RootElement;

    private static List<JsonElement> Panels => [.. s_dashboard.GetProperty("panels").EnumerateArray()];

    /// <summary>With the title of the panel, and Grafana's variables as they are when everything is chosen.</summary>
    private static IEnumerable<(string Panel, string Query)> Queries() =>
        from panel in Panels
        where panel.TryGetProperty("targets", out _)
        from target in panel.GetProperty("targets").EnumerateArray()
        select (panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!
            .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
            .Replace("$job", ".*", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal));

    [Fact]
    public void PanelsHaveTheirOwnIdsAndPlaces()
    {
        int[] ids = [.. Panels.Select(static panel => panel.GetProperty("id").GetInt32())];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        var taken = new HashSet<(int X, int Y)>();
        foreach (JsonElement panel in Panels)
        {
            int[] place = [.. new[] { "x", "y", "w", "h" }.Select(side =>
                panel.GetProperty("gridPos").GetProperty(side).GetInt32())];
            Assert.True(place[2] > 0 && place[3] > 0 && place[0] >= 0 && place[0] + place[2] <= GridWidth);
            for (int x = place[0]; x < place[0] + place[2]; x++)
            {
                for (int y = place[1]; y < place[1] + place[3]; y++)
                    Assert.True(taken.Add((x, y)), $"{panel.GetProperty("title")} covers another panel");
            }
        }
    }

    [Fact]
    public void EachQueryAsksTheChosenSourceAndDaemons()
    {
        Assert.Contains(s_dashboard.GetProperty("templating").GetProperty("list").EnumerateArray(), static variable =>
            variable.GetProperty("type").GetString() == "datasource" &&
            variable.GetProperty("name").GetString() == "datasource");
        foreach (JsonElement panel in Panels.Where(static p => p.GetProperty("type").GetString() != "row"))
        {
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            JsonElement[] targets = [.. panel.GetProperty("targets").EnumerateArray()];
            Assert.NotEmpty(targets);
            Assert.Equal(targets.Length,
                targets.Select(static target => target.GetProperty("refId").GetString()).Distinct().Count());
            foreach (JsonElement target in targets)
            {
                Assert.Equal("${datasource}", target.GetProperty("datasource").GetProperty("uid").GetString());
                string query = target.GetProperty("expr").GetString()!;
                Assert.Equal(Metric().Count(query), query.Split("{job=~\"$job\",instance=~\"$instance\"").Length - 1);
            }
        }
    }

    [Fact]
    public void EachQueryIsPromQL()
    {
        foreach ((string panel, string query) in Queries())
        {
            Assert.True(Parser.TryParse(query, default, out _, out SyntaxError error),
                $"{panel}: {query}\n{error.In(query)}");
        }
    }

    [EndToEndFact]
    public async Task TheExecutableHasEachMetricAndAnswersEachQuery()
    {
        using var data = new DataFolder();
        string tokens = data.Path + "/tokens";
        ProcessResult made = await Executable.Slungd("token", "create", "all", "--scope", "admin", "--tokens", tokens);
        AuthenticationHeaderValue token = new("Bearer", made.Output.Trim());
        await using Daemon daemon = await Daemon.Start(data, "--tokens", tokens);

        // What happens to a daemon, so that everything has a sample.
        await Ask(HttpMethod.Put, "/api/v1/workflows/echo",
            new ByteArrayContent(Guests.Echo("AVG:temp:[]", producer: 1)));
        await Ask(HttpMethod.Post, "/api/v1/import/prometheus", new StringContent("temp 1\n"));
        await Ask(HttpMethod.Post, "/api/v1/admin/tsdb/flush");
        await Ask(HttpMethod.Get, "/api/v1/query?query=temp");
        await Ask(HttpMethod.Get, "/api/v1/dsl?q=AVG:temp:%5B%5D");
        string shown = await Ask(HttpMethod.Get, "/metrics");

        string[] names = [.. Queries().SelectMany(static q => Metric().Matches(q.Query)).Select(static m => m.Value)
            .Distinct()];
        Assert.True(names.Length > 50);
        Assert.DoesNotContain(names, name => !Regex.IsMatch(shown, $"(?m)^{name}[ {{]"));

        // Then it is scraped for a minute.
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (int scrape = 0; scrape <= 4; scrape++)
        {
            await Ask(HttpMethod.Post, "/api/v1/import/prometheus",
                new StringContent(Scraped(shown, scrape, now - 60_000 + scrape * 15_000)));
        }
        foreach ((string panel, string query) in Queries())
        {
            // Of what seldom happens only what happened is shown.
            string asked = query.EndsWith(" > 0", StringComparison.Ordinal) ? query[..^4] : query;
            string answer = await Ask(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture,
                $"/api/v1/query?time={now / 1000.0}&query={Uri.EscapeDataString(asked)}"));
            JsonElement result = JsonDocument.Parse(answer).RootElement.GetProperty("data").GetProperty("result");
            Assert.True(result.GetArrayLength() > 0, $"{panel}: nothing is known about {asked}");
        }

        async Task<string> Ask(HttpMethod method, string path, HttpContent? body = null)
        {
            using HttpRequestMessage request = new(method, $"http://{daemon.HttpAddress}{path}")
            {
                Content = body, Headers = { Authorization = token },
            };
            using HttpResponseMessage answer = await daemon.Send(request);
            string text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent, $"{path}: {text}");
            return text;
        }
    }

    /// <summary>The page at a time; what counts has gone on since the last one.</summary>
    private static string Scraped(string page, int scrape, long time)
    {
        StringBuilder scraped = new();
        foreach (string line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '#') continue;
            int end = line.LastIndexOf(' ');
            double value = double.Parse(line.AsSpan(end + 1), CultureInfo.InvariantCulture);
            if (Counts().IsMatch(line.AsSpan(0, end))) value *= scrape + 1;
            scraped.Append(CultureInfo.InvariantCulture, $"{line[..end]} {value} {time}\n");
        }
        return scraped.ToString();
    }

    [GeneratedRegex(@"\b(?:slungd|process|dotnet)_[a-z_0-9]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"^[a-z_0-9]+_(?:total|bucket|count|sum)(?:\{|$)")]
    private static partial Regex Counts();
}
