namespace Slungd.Ingest.Hosting;

/// <summary>What the process ends with (design, section 8).</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;
}
