using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Security;

/// <summary>A token as the daemon knows it: never its text, only the hash of that.</summary>
/// <param name="Name">For people: in the list, in the audit log. Several tokens may share one, for a rotation.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Hash">SHA-256 of the token's text, 32 bytes. The texts are 244 random bits, so nothing slower is
/// needed: there is nothing to guess.</param>
/// <param name="Expires">From then on it is unknown; null: never.</param>
/// <param name="PointsPerSecond">How fast it may write; 0: no limit.</param>
internal sealed record AccessToken(string Name, TokenScope Scopes, byte[] Hash, DateTimeOffset? Expires,
    long PointsPerSecond)
{
    /// <summary>Every token's text begins so.</summary>
    public const string Prefix = "slung_";

    /// <summary>How the token is named where the name is not unique: the first eight digits of its hash.</summary>
    public string Id => Convert.ToHexStringLower(Hash.AsSpan(0, 4));

    /// <summary>What is left of its rate; null without a limit. Lives on when the file is read again.</summary>
    public PointAllowance? Allowance { get; init; }

    /// <summary>How many series it may create; 0: no limit but the daemon's.</summary>
    public long MaxSeries { get; init; }

    /// <summary>What is left of those; null without a limit. Lives on when the file is read again.</summary>
    public SeriesAllowance? Series { get; init; }

    public bool May(TokenScope needed) => (Scopes & (needed | TokenScope.Admin)) != 0;

    public bool IsExpired(DateTimeOffset now) => Expires is { } end && now >= end;
}
