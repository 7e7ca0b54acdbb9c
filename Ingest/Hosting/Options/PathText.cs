namespace Slungd.Ingest.Hosting.Options;

/// <summary>Paths as the command line and the environment give them.</summary>
internal static class PathText
{
    /// <summary>What .NET reads where bytes are not UTF-8: the path has lost them, and names something else.</summary>
    private const char Replacement = '\uFFFD';

    /// <summary>False when it is not the path that was meant.</summary>
    public static bool IsWhole(string path) => !path.Contains(Replacement);
}
