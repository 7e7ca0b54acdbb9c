using Slungd.Ingest.Hosting.Commands;

namespace Slungd;

internal static class Program
{
    private static int Main(string[] args) => CommandLine.Run(args);
}
