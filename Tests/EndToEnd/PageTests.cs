using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Slungd.Tests.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The page in headless Chromium: page.browser.mjs says what is done there. Its screenshots lie in
/// artifacts/page.</summary>
public class PageTests
{
    private static readonly string Natives = Path.Combine(Repository.Root, "artifacts/native");

    [BrowserFact]
    public async Task ThePageDoesWhatItShows()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await Browse(daemon, data, "open", []);
    }

    [BrowserFact]
    public async Task ThePageAsksForAToken()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens";
        Dictionary<string, string> tokens = new()
        {
            ["PAGE_READER"] = await Create(file, "reader", "read"), ["PAGE_ADMIN"] = await Create(file, "ops", "admin"),
        };
        await using Daemon daemon = await Daemon.Start(data, "--tokens", file);
        await Browse(daemon, data, "tokens", tokens);
    }

    /// <summary>The executable has one chart, uPlot or our own; the page must be as good with the other one.</summary>
    [BrowserFact]
    public async Task TheOtherChartDoesTheSame()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        using HttpResponseMessage bundled = await daemon.Get("/page/uplot.js");
        string page = Path.Combine(Repository.Root, "Ingest/Web/Page");
        string[] parts = [Path.Combine(page, "chart.js")];
        if (bundled.StatusCode == HttpStatusCode.NotFound)
        {
            string? folder = Directory.Exists(Natives) ? Directory.GetDirectories(Natives, "uplot-*").FirstOrDefault()
                : null;
            if (folder is null) return; // no npm: there is no other chart
            parts = [Path.Combine(page, "uplot/chart.js"), folder + "/uplot.js", folder + "/uplot.css"];
        }
        Dictionary<string, string> settings = new()
        {
            ["PAGE_PARTS"] = string.Join(':', parts), ["PAGE_ONLY"] = "line|zoom",
        };
        await Browse(daemon, data, "other-chart", settings);
    }

    /// <summary>docs/images are two of these, made with more patience: CONTRIBUTING.md tells how.</summary>
    [BrowserFact]
    public async Task PicturesAreMade()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        Dictionary<string, string> settings = new()
        {
            ["PAGE_ROUNDS"] = Environment.GetEnvironmentVariable("PAGE_ROUNDS") ?? "8", ["PAGE_ONLY"] = "pictures",
        };
        await Browse(daemon, data, "pictures", settings);
    }

    private static async Task<string> Create(string file, string name, string scope)
    {
        ProcessResult made = await Executable.Slungd("token", "create", name, "--scope", scope, "--tokens", file);
        Assert.True(made.ExitCode == 0, made.Error);
        return made.Output.Trim();
    }

    private static async Task Browse(Daemon daemon, DataFolder data, string shots, Dictionary<string, string> settings)
    {
        string module = Path.Combine(data.Path, "echo.wasm");
        await File.WriteAllBytesAsync(module, Guests.Teller("RAW:temp:[site=eu]"));
        Dictionary<string, string> environment = new(settings)
        {
            ["PAGE_URL"] = $"http://{daemon.HttpAddress}",
            ["PAGE_TOOLS"] = NodePackages.Folder,
            ["PAGE_BROWSER"] = BrowserTools.Browser!,
            ["PAGE_SHOTS"] = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts/page", shots)).FullName,
            ["PAGE_MODULE"] = module,
        };
        string script = Path.Combine(Repository.Root, "Tests/EndToEnd/page.browser.mjs");
        string only = settings.GetValueOrDefault("PAGE_ONLY", ".");
        string[] arguments = ["--test", "--test-reporter=spec", "--test-name-pattern=" + only, script];
        ProcessResult ran = await Executable.Run("node", arguments, environment: environment,
            patience: Patience.Limit * 10);
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error + daemon.Log);
    }
}
