using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>What `slungd workflow run` runs.</summary>
/// <param name="File">The module.</param>
/// <param name="Input">Points, as `slungd send` reads them; `-` is standard input.</param>
internal sealed record OfflineOptions(string File, string Input)
{
    /// <summary>A file with the workflow's configuration, or null.</summary>
    public string? Config { get; init; }

    /// <summary>The unit of timestamps.</summary>
    public Precision Precision { get; init; } = Precision.Microseconds;

    /// <summary>How long it may take.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.MaxValue;
}
