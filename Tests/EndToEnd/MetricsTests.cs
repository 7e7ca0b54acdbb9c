using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Slungd.Tests.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What `/metrics` shows, against docs/operations.md and Prometheus' own checks.</summary>
public partial class MetricsTests
{
    private const string Page = "docs/operations.md";

    [EndToEndFact]
    public async Task EachFamilyIsInTheManualAndTheOtherWayRound()
    {
        using var data = new DataFolder();
        string tokens = data.Path + "/tokens";
        ProcessResult made = await Executable.Slungd("token", "create", "all", "--scope", "admin", "--tokens", tokens);
        // With what adds families of its own.
        await using Daemon daemon = await Daemon.Start(data, ["--tokens", tokens, "--statsd", "127.0.0.1:0",
            "--graphite", "127.0.0.1:0", .. TlsTests.Paths.In(data, "localhost").Options]);
        using HttpClient client = TlsTests.Client();
        AuthenticationHeaderValue token = new("Bearer", made.Output.Trim());
        using HttpRequestMessage deploy = new(HttpMethod.Put, $"https://{daemon.HttpAddress}/api/v1/workflows/echo")
        {
            Content = new ByteArrayContent(Guests.Echo("AVG:temp:[]", producer: 1)),
            Headers = { Authorization = token },
        };
        using HttpResponseMessage deployed = await client.SendAsync(deploy);
        Assert.True(deployed.IsSuccessStatusCode);
        using HttpRequestMessage ask = new(HttpMethod.Get, $"https://{daemon.HttpAddress}/metrics")
        {
            Headers = { Authorization = token },
        };
        using HttpResponseMessage page = await client.SendAsync(ask);
        string shown = await page.Content.ReadAsStringAsync();
        IEnumerable<string> families = Family().Matches(shown).Select(static m => m.Groups[1].Value);
        string manual = Repository.Read(Page);
        int begin = manual.IndexOf("<!-- metrics -->", StringComparison.Ordinal);
        string table = manual[begin..manual.IndexOf("<!-- /metrics -->", StringComparison.Ordinal)];
        IEnumerable<string> documented = Documented().Matches(table).Select(static m => m.Groups[1].Value);
        Assert.Equal(families.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));

        if (!Programs.Has("promtool")) return;
        ProcessResult check = await Executable.Run("promtool", ["check", "metrics"], shown);
        Assert.Equal((0, "", ""), (check.ExitCode, check.Output, check.Error));
    }

    [GeneratedRegex("^# TYPE ([a-z_0-9]+) ", RegexOptions.Multiline)]
    private static partial Regex Family();

    [GeneratedRegex(@"`((?:slungd|process|dotnet)_[a-z_0-9]+)(?:\{[a-z_,]+\})?`")]
    private static partial Regex Documented();
}
