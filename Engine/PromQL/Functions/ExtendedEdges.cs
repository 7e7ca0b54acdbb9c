using System;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>Which functions know ranges with extended edges.</summary>
internal static class ExtendedEdges
{
    private static readonly string[] s_anchored = ["changes", "delta", "increase", "rate", "resets"];
    private static readonly string[] s_smoothed = ["delta", "increase", "rate"];

    /// <summary>The edges, if the function knows them; else the query fails.</summary>
    public static RangeEdges Checked(RangeEdges edges, string function)
    {
        if (edges == RangeEdges.Plain) return edges;
        bool anchored = edges == RangeEdges.Anchored;
        string[] known = anchored ? s_anchored : s_smoothed;
        if (Array.IndexOf(known, function) >= 0) return edges;
        throw QueryFailure.Execution($"{(anchored ? "anchored" : "smoothed")} modifier can only be used with: " +
            $"{string.Join(", ", known)} - not with {function}");
    }
}
