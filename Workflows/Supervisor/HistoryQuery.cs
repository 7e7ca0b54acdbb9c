using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Workflows.Supervisor;

/// <summary>What a guest asks of history: one value.</summary>
internal static class HistoryQuery
{
    /// <param name="queries">Answers it.</param>
    /// <param name="text">As the guest gave it.</param>
    /// <param name="precision">Of the store.</param>
    /// <param name="limits">Of queries.</param>
    /// <param name="options">Of this one.</param>
    /// <param name="value">The aggregate, 0 when there is none.</param>
    /// <param name="count">Of how many points it is.</param>
    /// <returns>Why it was refused; null when it was not.</returns>
    public static string? Run(QueryExecutor queries, string text, Precision precision, Limits limits,
        QueryOptions options, out double value, out long count)
    {
        (value, count) = (0, 0);
        if (!DslParser.TryParse(text, precision, limits, out DslQuery? query, out QueryParseError wrong))
            return wrong.ToString();
        if (query!.Op == QueryOp.Raw || query.HasWindows || query.IsGrouped)
            return "expected one value: no RAW, no windows, no BY";
        QueryResult result = queries.Execute(query, options);
        if (!result.IsDone) return result.Error ?? $"{result.Status}";
        (value, count) = (result.Value.IsNull ? 0 : result.Value.Number, result.Count);
        return null;
    }
}
