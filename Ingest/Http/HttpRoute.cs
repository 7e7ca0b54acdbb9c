using System.Threading;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http;

/// <summary>One path of port 2078: who answers it, and its numbers.</summary>
/// <param name="path">Exact, such as `/api/v1/dsl`.</param>
internal sealed class HttpRoute(string path)
{
    private readonly long[] _answers = new long[6];

    public string Path => path;

    public RequestDelegate? Get { get; init; }

    public RequestDelegate? Post { get; init; }

    public RequestDelegate? Put { get; init; }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>What an Allow header says.</summary>
    public string Methods =>
        (Get is null ? "" : "GET, HEAD, ") + (Post is null ? "" : "POST, ") + (Put is null ? "" : "PUT, ") + "OPTIONS";

    public RequestDelegate? For(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Get
        : HttpMethods.IsPost(method) ? Post
        : HttpMethods.IsPut(method) ? Put
        : null;

    public void Count(int status) => Interlocked.Increment(ref _answers[status / 100 % 6]);

    /// <summary>Answers of one status class: 2 for 2xx.</summary>
    public long Answers(int statusClass) => Volatile.Read(ref _answers[statusClass]);
}
