using System;
using System.Threading;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http;

/// <summary>Ends the search for a request's series when its client has left, or when it takes longer than a query may:
/// one regular expression may cost a millisecond for each of many values.</summary>
internal static class SelectionLook
{
    /// <summary>The selector, looked at so; for one request. It ends by an exception that <see cref="HttpDoor"/>
    /// answers.</summary>
    public static SeriesSelector For(HttpContext context, SeriesSelector selector, TimeSpan limit)
    {
        CancellationTokenSource enough = new(limit);
        context.Response.RegisterForDispose(enough);
        return selector with { Look = () => Look(context, enough) };
    }

    private static void Look(HttpContext context, CancellationTokenSource enough)
    {
        context.RequestAborted.ThrowIfCancellationRequested();
        if (enough.IsCancellationRequested)
            throw new BadHttpRequestException("the search for series took too long: expected simpler matchers",
                StatusCodes.Status503ServiceUnavailable);
    }
}
