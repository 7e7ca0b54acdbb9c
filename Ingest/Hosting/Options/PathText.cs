namespace Slungd.Ingest.Hosting.Options;

/// <summary>Paths as the command line and the environment give them.</summary>
internal static class PathText
{
    /// <summary>What .NET reads where bytes are not UTF-8: the path has lost them, and names something else.</summary>
    private const char Replacement = '\uFFFD';

    /// <summary>Null when it is the path that was meant, else what was expected.</summary>
    public static string? Expected(string path) => path.Contains(Replacement) ? "a path in UTF-8" : null;
}
