using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>The parameters `match[]`, `start`, `end` and `limit`, which many endpoints share.</summary>
internal static class SelectorParameters
{
    /// <summary>Selectors of one request.</summary>
    public const int MaxSelectors = 1000;

    /// <summary>Reads the selectors; all series when there are none.</summary>
    public static bool TryReadMatches(RequestParameters parameters, [NotNullWhen(true)] out SeriesSelector? selector,
        [NotNullWhen(false)] out string? error)
    {
        List<string> texts = parameters.All("match[]");
        selector = null;
        error = texts.Count > MaxSelectors ? $"expected at most {MaxSelectors} match[], got {texts.Count}" : null;
        if (error is not null) return false;
        var selectors = new SeriesSelector[texts.Count];
        for (int i = 0; i < selectors.Length; i++)
        {
            if (!Parser.TryParseSelector(texts[i], out VectorSelector? parsed, out SyntaxError wrong))
            {
                error = $"invalid parameter \"match[]\": {wrong.In(texts[i])}";
                return false;
            }
            selectors[i] = SeriesSelector.Of(parsed.Matchers);
        }
        selector = SeriesSelector.AnyOf(selectors);
        return true;
    }

    /// <summary>Reads both ends, inclusive; all time without them.</summary>
    public static bool TryReadRange(RequestParameters parameters, Precision precision, out TimeRange range,
        [NotNullWhen(false)] out string? error)
    {
        (long start, long end) = (long.MinValue, long.MaxValue);
        range = default;
        error = null;
        if (parameters["start"] is { Length: > 0 } first &&
            !PrometheusTime.TryParse(first, precision, roundUp: true, out start))
            error = PrometheusTime.ErrorOf("start", first);
        else if (parameters["end"] is { Length: > 0 } last &&
            !PrometheusTime.TryParse(last, precision, roundUp: false, out end))
            error = PrometheusTime.ErrorOf("end", last);
        // Of two times inside one unit neither is wrong: there is nothing between them.
        else if (start > end && start - 1 > end) error = "end timestamp must not be before start timestamp";
        range = new TimeRange(start, end);
        return error is null;
    }

    /// <summary>Reads a limit; 0 and none mean no limit.</summary>
    public static bool TryReadLimit(RequestParameters parameters, string name, out int limit,
        [NotNullWhen(false)] out string? error)
    {
        limit = int.MaxValue;
        error = null;
        if (parameters[name] is not { Length: > 0 } text) return true;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit))
        {
            if (limit == 0) limit = int.MaxValue;
            return true;
        }
        error = $"invalid parameter \"{name}\": expected a whole number of 0 or more, got \"{text}\"";
        return false;
    }
}
