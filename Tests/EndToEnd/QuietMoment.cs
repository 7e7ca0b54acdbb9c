using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>A time for which Prometheus before and since 3.0 answer alike: since then ranges are open on the left, so
/// that no sample may lie where one begins.</summary>
internal static class QuietMoment
{
    /// <summary>Looks at the samples of `up`, which are those of all others: a scrape has one time.</summary>
    /// <param name="daemon">Has them.</param>
    /// <param name="latest">In milliseconds; it may be a little earlier.</param>
    /// <param name="begins">How long before the moment ranges begin, in milliseconds.</param>
    public static async Task<long> Find(Daemon daemon, long latest, params int[] begins)
    {
        JsonElement points = (await daemon.Query("RAW:up:[]")).GetProperty("points");
        HashSet<long> samples =
            [.. points.EnumerateArray().Select(static p => p.GetProperty("timestamp").GetInt64() / 1_000)];
        // Subqueries have theirs at whole seconds.
        while (begins.Any(begin => samples.Contains(latest - begin) || (latest - begin) % 1_000 == 0)) latest--;
        return latest;
    }
}
