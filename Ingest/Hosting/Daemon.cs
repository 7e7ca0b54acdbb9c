using System;
using Microsoft.Extensions.Logging;
using Slungd.Ingest.Hosting.Logging;
using Slungd.Ingest.Hosting.Options;

namespace Slungd.Ingest.Hosting;

/// <summary>One run of the daemon, from the checked options to the exit code.</summary>
internal static class Daemon
{
    public static int Run(ServeOptions options)
    {
        using ILoggerFactory loggers = LogOutput.Create(options, TimeProvider.System);
        return ExitCode.Done;
    }
}
