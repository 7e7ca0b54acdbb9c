using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slungd.Engine.Model;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>One path of port 2078: who answers it, and its numbers.</summary>
/// <param name="path">Exact, such as `/api/v1/dsl`, or with a `*` that stands for one part: `/label/*/values`.</param>
internal sealed class HttpRoute(string path)
{
    private readonly long[] _answers = new long[6];

    public string Path => path;

    /// <summary>Stands for several paths.</summary>
    public bool IsPattern => path.Contains('*', StringComparison.Ordinal);

    public RequestDelegate? Get { get; init; }

    public RequestDelegate? Post { get; init; }

    public RequestDelegate? Put { get; init; }

    public RequestDelegate? Delete { get; init; }

    /// <summary>How its clients read errors; null: as most do.</summary>
    public ErrorAnswer? Error { get; init; }

    /// <summary>What a token must allow; whatever is not said to need less needs all.</summary>
    public TokenScope? Needs { get; set; }

    /// <summary>The same for GET and HEAD, where it differs.</summary>
    public TokenScope? NeedsToGet { get; init; }

    /// <summary>Answered on connections above the limit, too.</summary>
    public bool IsProbe { get; init; }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>What an Allow header says.</summary>
    public string Methods =>
        (Get is null ? "" : "GET, HEAD, ") + (Post is null ? "" : "POST, ") + (Put is null ? "" : "PUT, ")
        + (Delete is null ? "" : "DELETE, ") + "OPTIONS";

    public RequestDelegate? For(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Get
        : HttpMethods.IsPost(method) ? Post
        : HttpMethods.IsPut(method) ? Put
        : HttpMethods.IsDelete(method) ? Delete
        : null;

    public TokenScope NeedsFor(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? NeedsToGet ?? Needs ?? TokenScope.Admin
        : Needs ?? TokenScope.Admin;

    /// <summary>What stands for the `*` in a path of this pattern; null when it is not one.</summary>
    public string? Capture(string requested)
    {
        int star = path.IndexOf('*', StringComparison.Ordinal), behind = path.Length - star - 1;
        bool fits = requested.Length > path.Length - 1
            && requested.AsSpan().StartsWith(path.AsSpan(0, star), StringComparison.Ordinal)
            && requested.AsSpan().EndsWith(path.AsSpan(star + 1), StringComparison.Ordinal);
        if (!fits) return null;
        string captured = requested[star..^behind];
        return captured.Contains('/', StringComparison.Ordinal) ? null : captured;
    }

    /// <summary>The same for a request to this pattern, with the `/` in it, which Kestrel alone leaves escaped.
    /// </summary>
    public string CaptureDecoded(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        string? captured = Capture(target.Split('?')[0]);
        return captured is not null ? Uri.UnescapeDataString(captured)
            : Capture(context.Request.Path.Value!)!; // of a whole URL, or with needless escapes around it
    }

    /// <summary>Sends an error in that shape.</summary>
    public Task Fail(HttpContext context, int status, string error) =>
        Error is null ? JsonAnswer.Error(context, status, error) : Error(context, status, error);

    public void Count(int status) => Interlocked.Increment(ref _answers[status / 100 % 6]);

    /// <summary>Answers of one status class: 2 for 2xx.</summary>
    public long Answers(int statusClass) => Volatile.Read(ref _answers[statusClass]);
}
