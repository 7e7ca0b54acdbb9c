using System.Linq;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What tests in a browser need: Node, Playwright (`./build.sh test` puts it below artifacts/tools) and
/// Chromium.</summary>
internal static class BrowserTools
{
    public static string? Browser { get; } = ((string[])["chromium", "chromium-browser", "google-chrome"])
        .SelectMany(Programs.Find).FirstOrDefault();

    /// <summary>Why there is no such test here; null where there is.</summary>
    public static string? Missing => Binary.Missing
        ?? (Browser is null ? "chromium is not installed" : null)
        ?? NodePackages.Missing("playwright-core");
}

/// <summary>A test that drives the page of the published executable.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = BrowserTools.Missing;
}
