using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Syntax;
using Slungd.Engine.Store;

namespace Slungd.Ingest.Http;

/// <summary>`POST` or `PUT /api/v1/admin/tsdb/delete_series?match[]=..&amp;start=..&amp;end=..`, as Prometheus has it:
/// one or more selectors, times as in <see cref="PrometheusTime"/>, both ends inclusive; without them all time. 204
/// when the points are gone for every later query and after every crash.</summary>
internal sealed class DeleteRoutes(TimeSeriesStore store, QueryGate gate)
{
    /// <summary>Selectors of one request.</summary>
    private const int MaxSelectors = 1000;

    public IEnumerable<HttpRoute> All() =>
        [new HttpRoute("/api/v1/admin/tsdb/delete_series") { Post = Delete, Put = Delete }];

    private async Task Delete(HttpContext context)
    {
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        if (store.State is SinkState.Recovering or SinkState.Stopping)
        {
            context.Response.Headers.RetryAfter = "1";
            await JsonAnswer.Error(context, StatusCodes.Status503ServiceUnavailable, store.StateReason ?? "not now");
            return;
        }
        if (!TryReadSelector(parameters.All("match[]"), out SeriesSelector? selector, out string? error) ||
            !TryReadRange(parameters, out TimeRange range, out error))
        {
            await JsonAnswer.Error(context, StatusCodes.Status400BadRequest, error!);
            return;
        }
        if (!await gate.TryEnter(context.RequestAborted))
        {
            context.Response.Headers.RetryAfter = "1";
            await JsonAnswer.Error(context, StatusCodes.Status429TooManyRequests, "too many deletes at once");
            return;
        }
        int status = StatusCodes.Status422UnprocessableEntity;
        try { error = store.Delete(selector, range).Refusal; }
        catch (IOException e) // the disk fails
        {
            (status, error) = (AdminRoutes.StatusOf(e), e.Message);
        }
        finally { gate.Leave(); }
        if (error is not null) await JsonAnswer.Error(context, status, error);
        else context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static bool TryReadSelector(List<string> texts, [NotNullWhen(true)] out SeriesSelector? selector,
        out string? error)
    {
        selector = null;
        error = texts.Count == 0 ? "expected at least one match[], as match[]=up{job=\"a\"}"
            : texts.Count > MaxSelectors ? $"expected at most {MaxSelectors} match[], got {texts.Count}" : null;
        if (error is not null) return false;
        var selectors = new SeriesSelector[texts.Count];
        for (int i = 0; i < selectors.Length; i++)
        {
            if (!Parser.TryParseSelector(texts[i], out VectorSelector? parsed, out SyntaxError wrong))
            {
                error = $"match[]={texts[i]}: {wrong.In(texts[i])}";
                return false;
            }
            selectors[i] = SeriesSelector.Of(parsed.Matchers);
        }
        selector = SeriesSelector.AnyOf(selectors);
        return true;
    }

    private bool TryReadRange(RequestParameters parameters, out TimeRange range, out string? error)
    {
        (long start, long end) = (long.MinValue, long.MaxValue);
        range = default;
        error = null;
        if (parameters["start"] is { } first &&
            !PrometheusTime.TryParse(first, store.Precision, roundUp: true, out start))
            error = $"start={first}: {PrometheusTime.Expected}";
        else if (parameters["end"] is { } last &&
            !PrometheusTime.TryParse(last, store.Precision, roundUp: false, out end))
            error = $"end={last}: {PrometheusTime.Expected}";
        // Of two times inside one unit neither is wrong: there is nothing between them.
        else if (start > end && start - 1 > end) error = "expected an end that is not before the start";
        range = new TimeRange(start, end);
        return error is null;
    }
}
