using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>The subscriptions that want one series.</summary>
internal sealed record LiveMatches(SeriesKey? Series, LiveMatch[] Matches)
{
    public static readonly LiveMatches None = new(null, []);
}

/// <summary>A subscription that wants a series, and the series' group there.</summary>
internal readonly record struct LiveMatch(LiveSubscription Subscription, int Group);
