namespace Slungd.Engine.PromQL.Histograms;

/// <summary>Whether two histograms could be added or subtracted.</summary>
internal enum HistogramMerge : byte
{
    Done,
    /// <summary>One has exponential buckets, the other custom ones.</summary>
    MixedSchemas,
    /// <summary>Both have custom buckets, with different bounds.</summary>
    DifferentBounds,
}
