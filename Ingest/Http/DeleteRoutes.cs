using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Ingest.Http.Prometheus;

namespace Slungd.Ingest.Http;

/// <summary>`POST` or `PUT /api/v1/admin/tsdb/delete_series?match[]=..&amp;start=..&amp;end=..`, as Prometheus has it:
/// one or more selectors, times as in <see cref="PrometheusTime"/>, both ends inclusive; without them all time. 204
/// when the points are gone for every later query and after every crash.</summary>
internal sealed class DeleteRoutes(TimeSeriesStore store, QueryGate gate)
{
    /// <summary>Longest search for the series.</summary>
    public TimeSpan TimeLimit { get; init; } = new Limits().QueryTimeout;

    public IEnumerable<HttpRoute> All() =>
        [new HttpRoute("/api/v1/admin/tsdb/delete_series") { Post = Delete, Put = Delete }];

    private async Task Delete(HttpContext context)
    {
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        if (store.State is SinkState.Recovering or SinkState.Stopping)
        {
            await ApiAnswer.Error(context, ApiError.Unavailable, store.StateReason ?? "not now");
            return;
        }
        string? error = parameters["match[]"] is not null ? null
            : "expected at least one match[], as match[]=up{job=\"a\"}";
        SeriesSelector? selector = null;
        TimeRange range = default;
        bool isReadable = error is null && SelectorParameters.TryReadMatches(parameters, out selector, out error)
            && SelectorParameters.TryReadRange(parameters, store.Precision, out range, out error);
        if (!isReadable)
        {
            await ApiAnswer.Error(context, ApiError.BadData, error!);
            return;
        }
        if (!await gate.TryEnter(context.RequestAborted))
        {
            await ApiAnswer.Error(context, ApiError.TooMany, "too many deletes at once");
            return;
        }
        ApiError kind = ApiError.Execution;
        try { error = store.Delete(SelectionLook.For(context, selector!, TimeLimit), range).Refusal; }
        catch (IOException e) when (e is not BadHttpRequestException) // the disk fails
        {
            (kind, error) = (AdminRoutes.KindOf(e), e.Message);
        }
        finally { gate.Leave(); }
        if (error is not null) await ApiAnswer.Error(context, kind, error);
        else context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
