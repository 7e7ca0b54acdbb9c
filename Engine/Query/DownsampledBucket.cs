using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>What one series' points in one bucket of time amount to; never empty.</summary>
/// <param name="Start">The bucket's first timestamp, aligned to the epoch.</param>
/// <param name="Points">Count, sum, extremes, and the first and last point.</param>
internal readonly record struct DownsampledBucket(long Start, BlockSummary Points)
{
    public double Average => Points.Total / Points.Count;
}
