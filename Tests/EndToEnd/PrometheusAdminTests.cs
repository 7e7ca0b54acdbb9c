using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Prometheus' admin API: `delete_series`, `clean_tombstones` and `snapshot`, of the published executable.
/// </summary>
public class PrometheusAdminTests
{
    private const int Seconds = 1_000;
    private const long Start = 1_700_000_000;

    private static async Task Fill(Daemon daemon)
    {
        StringBuilder text = new();
        foreach (string job in (string[])["a", "b"])
            for (int i = 0; i < Seconds; i++) text.Append($"up{{job=\"{job}\"}} {i} {(Start + i) * 1000}\n");
        using HttpResponseMessage written =
            await daemon.Post("/api/v1/import/prometheus", new StringContent(text.ToString()));
        Assert.Equal(HttpStatusCode.NoContent, written.StatusCode);
    }

    private static async Task<string> Post(Daemon daemon, string path, HttpStatusCode expected)
    {
        using HttpResponseMessage answer = await daemon.Post("/api/v1/admin/tsdb/" + path, new StringContent(""));
        Assert.Equal(expected, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Points of the jobs a and b.</summary>
    private static async Task<(double?, double?)> Counts(Daemon daemon) =>
        (await daemon.Value("COUNT:up:[job=a]"), await daemon.Value("COUNT:up:[job=b]"));

    private static async Task<string> PromQLCount(Daemon daemon)
    {
        using HttpResponseMessage answer = await daemon.Get(
            $"/api/v1/query?query=sum by (job) (count_over_time(up[1h]))&time={Start + Seconds}");
        JsonElement root = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return string.Join(' ', root.GetProperty("data").GetProperty("result").EnumerateArray().Select(static series =>
            series.GetProperty("metric").GetProperty("job").GetString() + series.GetProperty("value")[1].GetString()));
    }

    [EndToEndFact]
    public async Task WhatIsDeletedStaysDeletedAndLeavesTheDisk()
    {
        using var data = new DataFolder();
        await using (Daemon daemon = await Daemon.Start(data))
        {
            await Fill(daemon);
            string range = $"&start={Start + 100}&end={Start + 299}"; // both ends are deleted, too
            Assert.Equal("", await Post(daemon, "delete_series?match[]=up{job=\"a\"}" + range,
                HttpStatusCode.NoContent));
            Assert.Equal((800, 1000), await Counts(daemon));
            Assert.Equal("a800 b1000", await PromQLCount(daemon));
            await Post(daemon, "flush", HttpStatusCode.OK);
            using (FormUrlEncodedContent form = new([new("match[]", "up{job=\"b\"}"), new("match[]", "none")]))
            using (HttpResponseMessage answer = await daemon.Post("/api/v1/admin/tsdb/delete_series", form))
                Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            Assert.Equal((800, 0), await Counts(daemon));
            Assert.Contains("\"errorType\":\"bad_data\"", await Post(daemon, "delete_series",
                HttpStatusCode.BadRequest));
            await daemon.Kill();
        }
        await using (Daemon daemon = await Daemon.Start(data))
        {
            Assert.Equal((800, 0), await Counts(daemon));
            Assert.Equal("a800", await PromQLCount(daemon));
            Assert.Equal("", await Post(daemon, "clean_tombstones", HttpStatusCode.NoContent));
            string metrics = await (await daemon.Get("/metrics")).Content.ReadAsStringAsync();
            Assert.Contains("\nslungd_tombstones 0\n", metrics);
            Assert.Contains("\nslungd_segment_points 800\n", metrics);
            await Fill(daemon); // what is written afterwards stays
            Assert.Equal((1000, 1000), await Counts(daemon));
            Assert.Equal(0, await daemon.Stop());
        }
        Assert.Equal(0, (await Executable.Slungd("verify", data.Path)).ExitCode);
    }

    [EndToEndFact]
    public async Task ASnapshotIsADataDirectory()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await Fill(daemon);
        string answer = await Post(daemon, "snapshot?skip_head=false", HttpStatusCode.OK);
        JsonElement root = JsonDocument.Parse(answer).RootElement;
        Assert.Equal("success", root.GetProperty("status").GetString());
        string name = root.GetProperty("data").GetProperty("name").GetString()!;
        Assert.Matches(@"^\d{8}T\d{6}Z-[0-9a-f]{16}$", name);
        string snapshot = Path.Combine(data.Path, "snapshots", name);
        await Post(daemon, "delete_series?match[]=up", HttpStatusCode.NoContent);
        await Post(daemon, "clean_tombstones", HttpStatusCode.NoContent);
        Assert.Equal((0, 0), await Counts(daemon));
        Assert.Equal(0, (await Executable.Slungd("verify", snapshot)).ExitCode);
        await using Daemon other = await Daemon.Start(snapshot, []);
        Assert.Equal((1000, 1000), await Counts(other));
    }
}
