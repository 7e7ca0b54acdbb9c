namespace Slungd.Engine.PromQL.Syntax;

/// <summary>How a range treats its edges (experimental modifiers).</summary>
internal enum RangeEdges : byte
{
    /// <summary>The samples inside the range, left-open.</summary>
    Plain,
    /// <summary>`anchored`: with the last sample at or before the range's start.</summary>
    Anchored,
    /// <summary>`smoothed`: with values interpolated at the range's edges.</summary>
    Smoothed,
}
