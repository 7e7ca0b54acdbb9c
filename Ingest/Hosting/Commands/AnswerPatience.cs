using System;

namespace Slungd.Ingest.Hosting.Commands;

/// <summary>How long a command waits for a daemon that is silent. Some answers take long; a daemon that works at one
/// answers others meanwhile, and one that hangs does not.</summary>
/// <param name="Total">The longest silence.</param>
internal readonly record struct AnswerPatience(TimeSpan Total)
{
    /// <summary>After each such silence the daemon is asked on another connection whether it lives.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>So long it may take to say so.</summary>
    public TimeSpan Probe { get; init; } = TimeSpan.FromSeconds(5);
}
