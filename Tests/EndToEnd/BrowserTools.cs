using System.IO;
using System.Linq;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What tests in a browser need: Node, Playwright (`./build.sh test` puts it below artifacts/tools) and
/// Chromium.</summary>
internal static class BrowserTools
{
    public static readonly string Modules = Path.Combine(Repository.Root, "artifacts/tools/node_modules");

    public static string? Browser { get; } = ((string[])["chromium", "chromium-browser", "google-chrome"])
        .SelectMany(Programs.Find).FirstOrDefault();

    /// <summary>Why there is no such test here; null where there is.</summary>
    public static string? Missing => Binary.Missing
        ?? (!Programs.Has("node") ? "node is not installed" : null)
        ?? (Browser is null ? "chromium is not installed" : null)
        ?? (Directory.Exists(Path.Combine(Modules, "playwright-core")) ? null
            : "playwright-core is not installed: npm install --prefix artifacts/tools playwright-core");
}

/// <summary>A test that drives the page of the published executable.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = BrowserTools.Missing;
}
