using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The SDK's examples on files of points: `slungd workflow run`. All languages print the same.</summary>
[Collection(GuestCollection.Name)]
public sealed class GuestFilesTests(GuestBuilds builds) : IDisposable
{
    private const long Start = 1_700_000_000_000_000, Minute = 60_000_000, Day = 1_440 * Minute;

    private readonly DataFolder _folder = new();

    [EndToEndTheory]
    [GuestData(GuestLanguage.C)]
    [GuestData(GuestLanguage.CWithLibc)]
    [GuestData(GuestLanguage.Rust)]
    [GuestData(GuestLanguage.RustForWasi)]
    [GuestData(GuestLanguage.AssemblyScript)]
    public async Task ThresholdTellsTheFirstAndTheLast(string language)
    {
        // Texts that JSON escapes, numbers of every size, two series that take turns.
        const string points = """
            {"series":"temp","timestamp":1,"value":100,"tags":["site=eu"]}
            {"series":"temp","timestamp":2,"value":100.25,"tags":["site=eu","a\"\\\u0001\u2028é😀"]}
            {"series":"temp","timestamp":3,"value":1e21,"tags":["site=eu"]}
            {"series":"temp","timestamp":4,"value":1e41,"tags":["site=eu"]}
            {"series":"temp","timestamp":5,"value":"NaN","tags":["site=eu"]}
            {"series":"temp","timestamp":6,"value":99.5,"tags":["site=eu"]}
            {"series":"temp","timestamp":-7,"value":-1e-7,"tags":["site=eu"]}
            {"series":"temp","timestamp":8,"value":0.1,"tags":["a\"\\\u0001\u2028é😀","site=eu"]}
            """;
        Assert.Equal("""
            live RAW:temp:[]: 1
            send 1 ALERT: temp a"\\u0001\u2028é😀 site=eu is 100.25
            send 1 ALERT: temp site=eu is 1e21
            send 1 OK: temp site=eu is -1e-7
            send 1 OK: temp a"\\u0001\u2028é😀 site=eu is 0.1

            """, Numbers(await Run(language, "threshold", points, """{"env":{"LOW":"99.5","LOWER":"1"}}""")));
    }

    /// <summary>An hour has a point each minute; only the same hour of other days counts.</summary>
    [EndToEndTheory]
    [GuestData(GuestLanguage.C)]
    [GuestData(GuestLanguage.Rust)]
    [GuestData(GuestLanguage.AssemblyScript)]
    public async Task AnomalyKnowsThePast(string language)
    {
        var points = new StringBuilder("series,timestamp,value,site\n");
        for (int day = 1; day <= 20; day++)
        {
            Add(points, (day * Day) - (12 * 60 * Minute), 90, "eu"); // noon is hot
            for (int minute = -20; minute <= 20; minute += 20) Add(points, (day * Day) + (minute * Minute), 20, "eu");
        }
        Add(points, 21 * Day, 23, "eu");
        Add(points, (21 * Day) + Minute, 35.5, "us"); // not known yet
        Add(points, (21 * Day) + (2 * Minute), 35.5, "eu");
        string output = await Run(language, "anomaly", points.ToString(), """{"env":{"MARGIN":"1"}}""");
        string[] lines = output.Split('\n');
        Assert.Contains("history MIN:\"temp\":[\"site=eu\"]:[1470m,1410m]: 20", lines);
        Assert.Equal("""
            live RAW:temp:[]: 1
            stdout: ANOMALY: temp site=eu is 23, usual at this hour are 20 to 20
            send 1 ANOMALY: temp site=eu is 23, usual at this hour are 20 to 20
            write 1701814400000000 23 temp_anomaly site=eu
            stdout: ANOMALY: temp site=eu is 35.5, usual at this hour are 20 to 20
            send 1 ANOMALY: temp site=eu is 35.5, usual at this hour are 20 to 20
            write 1701814520000000 35.5 temp_anomaly site=eu

            """, string.Join('\n', lines.Where(static l => !l.StartsWith("history", StringComparison.Ordinal))));
    }

    [EndToEndTheory]
    [GuestData(GuestLanguage.C)]
    [GuestData(GuestLanguage.Rust)]
    [GuestData(GuestLanguage.AssemblyScript)]
    public async Task DownsampleWritesAverages(string language)
    {
        var points = new StringBuilder("series,timestamp,value,site,room\n");
        for (int second = 0; second < 130; second++)
            Add(points, second * 1_000_000L, second, second % 2 == 0 ? "eu,1" : "us,");
        Add(points, 0, 5, "eu,1"); // late
        Add(points, 300 * 1_000_000L, 1e-7, ",");
        const string config = """{"env":{"SERIES":"temp","WINDOW":"1m","BY":"site,room"}}""";
        // 1,700,000,000 s is 20 s into a minute.
        Assert.Equal("""
            live AVG:"temp":[]:[0,9223372036854775807]:[1m] BY site,room: 1
            write 1699999980000000 19 temp_1m site=eu,room=1
            write 1699999980000000 20 temp_1m site=us
            write 1700000040000000 69 temp_1m site=eu,room=1
            write 1700000040000000 70 temp_1m site=us
            write 1700000100000000 114 temp_1m site=eu,room=1
            write 1700000100000000 115 temp_1m site=us
            stdout: 1 points came too late for their average
            write 1700000280000000 0.0000001 temp_1m

            """, await Run(language, "downsample", points.ToString(), config));
    }

    [EndToEndTheory]
    [GuestData(GuestLanguage.C)]
    [GuestData(GuestLanguage.Rust)]
    [GuestData(GuestLanguage.AssemblyScript)]
    public async Task ARefusedQueryIsAFailure(string language)
    {
        string module = await builds.Module(language, "downsample");
        string input = await Save("points.csv", "series,value\n");
        string config = await Save("config.json", """{"env":{"WINDOW":"soon"}}""");
        ProcessResult ran = await Executable.Slungd("workflow", "run", module, "--input", input, "--config", config);
        Assert.Equal((1, "slungd: call returned 1\n"), (ran.ExitCode, ran.Error));
        Assert.Contains("\nstdout: refused: at 39: expected a duration", ran.Output);
    }

    public void Dispose() => _folder.Dispose();

    private static void Add(StringBuilder points, long after, double value, string tags) =>
        points.Append(CultureInfo.InvariantCulture, $"temp,{Start + after},{value},{tags}\n");

    /// <summary>Languages print large and small numbers in different ways.</summary>
    private static string Numbers(string output) => output
        .Replace("1000000000000000000000", "1e21", StringComparison.Ordinal)
        .Replace("1e+21", "1e21", StringComparison.Ordinal)
        .Replace("-0.0000001", "-1e-7", StringComparison.Ordinal);

    private async Task<string> Run(string language, string example, string points, string config)
    {
        string module = await builds.Module(language, example), input = await Save("points", points);
        string settings = await Save("config.json", config);
        ProcessResult ran = await Executable.Slungd("workflow", "run", module, "--input", input, "--config", settings);
        Assert.Equal((0, ""), (ran.ExitCode, ran.Error));
        return ran.Output;
    }

    private async Task<string> Save(string name, string text)
    {
        string path = Path.Combine(_folder.Path, name);
        await File.WriteAllTextAsync(path, text);
        return path;
    }
}
