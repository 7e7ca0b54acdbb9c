using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting.Metrics;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>What happens to every request of port 2078: the Host and Origin rules, the route, the errors, the numbers.
/// </summary>
internal sealed class HttpDoor : IHttpApplication<HttpContext>
{
    private readonly Dictionary<string, HttpRoute> _routes = new(StringComparer.Ordinal);
    private readonly List<HttpRoute> _patterns = [];
    private readonly HttpRoute _unknown;
    private readonly OriginPolicy _policy;
    private readonly Admission _admission;
    private readonly bool _isLoopback;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly Limits _limits;
    private long _turnedAway;

    /// <param name="routes">All paths.</param>
    /// <param name="policy">From which pages and names it may be called.</param>
    /// <param name="admission">With which tokens.</param>
    /// <param name="isLoopback">The listener's address is a loopback one: see the policy.</param>
    /// <param name="logger">For our own mistakes.</param>
    /// <param name="clock">For latencies, and bodies that do not come.</param>
    /// <param name="limits">Of heads and bodies.</param>
    /// <param name="unknown">Counts and refuses what goes to no route.</param>
    public HttpDoor(IEnumerable<HttpRoute> routes, OriginPolicy policy, Admission admission, bool isLoopback,
        ILogger logger, TimeProvider clock, Limits limits, HttpRoute? unknown = null)
    {
        _unknown = unknown ?? new HttpRoute("other");
        _isLoopback = isLoopback;
        foreach (HttpRoute route in routes)
        {
            if (route.IsPattern) _patterns.Add(route);
            else _routes.Add(route.Path, route);
        }
        _policy = policy;
        _admission = admission;
        _logger = logger;
        _clock = clock;
        _limits = limits;
    }

    /// <summary>Another door, on another port, whose numbers are written with this one's.</summary>
    public HttpDoor? Also { get; set; }

    /// <summary>For time-outs of its connections, too.</summary>
    public TimeProvider Clock => _clock;

    public HttpContext CreateContext(IFeatureCollection features) => new DefaultHttpContext(features);

    public void DisposeContext(HttpContext context, Exception? exception) { }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        long start = _clock.GetTimestamp();
        HttpRoute route = Find(context.Request.Path.Value ?? "");
        try
        {
            try { await Answer(context, route); }
            catch (Exception e) when (!HasLeft(context, e)) { await Explain(context, route, e); }
        }
        catch (Exception e) when (HasLeft(context, e))
        {
            // Nobody to tell, nothing wrong with us; the number is for the metrics and the audit log.
            if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            context.Abort(); // else Kestrel would warn that it can't read the rest, or that the answer is too short
        }
        _admission.Audit(context, route);
        route.Count(context.Response.StatusCode);
        route.Latency.Record(_clock.GetElapsedTime(start));
    }

    /// <summary>Counts a connection above the limit that got nothing. Any thread.</summary>
    public void TurnAway() => Interlocked.Increment(ref _turnedAway);

    public void WriteMetrics(PrometheusText text)
    {
        text.Family("slungd_http_requests_total", "counter", "HTTP requests by route and class of status.");
        foreach (HttpRoute route in AllRoutes())
        {
            for (int statusClass = 1; statusClass <= 5; statusClass++)
            {
                long count = route.Answers(statusClass);
                if (count > 0) text.Sample(count, "route", route.Path, "status", $"{statusClass}xx");
            }
        }
        text.Family("slungd_http_request_duration_seconds", "histogram", "Time to answer an HTTP request.");
        foreach (HttpRoute route in AllRoutes()) text.Histogram(route.Latency, "route", route.Path);
        text.Counter("slungd_http_turned_away_total", "Connections above the limit of port 2078 and OTLP's.",
            Volatile.Read(ref _turnedAway) + (Also is null ? 0 : Volatile.Read(ref Also._turnedAway)));
    }

    /// <summary>Those of the other door, too; a route may be on both.</summary>
    private HashSet<HttpRoute> AllRoutes() =>
        [.. _routes.Values, .. _patterns, _unknown, .. Also?.AllRoutes() ?? []];

    /// <summary>As most clients write it: without spaces but those that everybody sets. Kestrel bounds the request's
    /// line and the fields each by themselves.</summary>
    private static long HeadBytes(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        long bytes = context.Request.Method.Length + target.Length + "  HTTP/1.1\r\n\r\n".Length;
        foreach ((string name, StringValues values) in context.Request.Headers)
            foreach (string? value in values) bytes += name.Length + ": \r\n".Length + (value?.Length ?? 0);
        return bytes;
    }

    /// <summary>Kestrel looks at the last one alone.</summary>
    private static bool IsTransferKnown(StringValues codings) =>
        codings.Count == 0 || codings.ToString().Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase);

    private static bool HasLeft(HttpContext context, Exception e) =>
        e is ClientLeftException || context.RequestAborted.IsCancellationRequested;

    private Task Explain(HttpContext context, HttpRoute route, Exception e)
    {
        IHeaderDictionary headers = context.Response.Headers;
        bool hasStarted = context.Response.HasStarted;
        if (!hasStarted && e is BadHttpRequestException bad)
        {
            if (bad.StatusCode == StatusCodes.Status503ServiceUnavailable) headers.RetryAfter = "1";
            return route.Fail(context, bad.StatusCode, bad.Message);
        }
        if (!hasStarted && e is OutOfMemoryException)
        {
            headers.RetryAfter = "1";
            return route.Fail(context, StatusCodes.Status503ServiceUnavailable, JsonAnswer.TooLarge);
        }
        Log.RequestFailed(_logger, context.Request.Method, route.Path, e);
        if (!hasStarted)
            return route.Fail(context, StatusCodes.Status500InternalServerError, "our mistake, see the log");
        context.Abort();
        return Task.CompletedTask;
    }

    private HttpRoute Find(string path)
    {
        if (_routes.TryGetValue(path, out HttpRoute? exact)) return exact;
        foreach (HttpRoute pattern in _patterns)
            if (pattern.Capture(path) is not null) return pattern;
        return _unknown;
    }

    private Task Answer(HttpContext context, HttpRoute route)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers.CacheControl = "no-store";

        if (!HttpProtocol.IsHttp2(request.Protocol) && HeadBytes(context) > _limits.MaxHeadBytes)
        {
            headers.Connection = "close";
            return route.Fail(context, StatusCodes.Status431RequestHeaderFieldsTooLarge,
                $"expected a head of at most {_limits.MaxHeadBytes} bytes");
        }
        if (!IsTransferKnown(request.Headers.TransferEncoding))
        {
            headers.Connection = "close";
            return route.Fail(context, StatusCodes.Status501NotImplemented,
                "expected no Transfer-Encoding but chunked");
        }
        string? origin = request.Headers.Origin.Count > 0 ? request.Headers.Origin.ToString() : null;
        string? host = request.Headers.Host.Count > 0 ? request.Headers.Host.ToString() : null;
        if (OriginPolicy.Explain(_policy.Check(host, origin, _isLoopback)) is { } refused)
        {
            byte[] body = Encoding.UTF8.GetBytes(refused);
            return JsonAnswer.Send(context, StatusCodes.Status403Forbidden, JsonAnswer.ContentType, body);
        }
        if (context.Features.Get<Crowd>() is not null)
        {
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            headers.RetryAfter = "1";
            if (!route.IsProbe)
            {
                TurnAway();
                return route.Fail(context, StatusCodes.Status503ServiceUnavailable, "too many connections");
            }
        }
        if (origin is not null)
        {
            // An origin that may call may also read (https://fetch.spec.whatwg.org/#http-cors-protocol).
            headers.AccessControlAllowOrigin = origin;
            headers.Vary = "Origin";
        }
        if (route == _unknown) return route.Fail(context, StatusCodes.Status404NotFound, "no such path");
        if (route.For(request.Method) is { } handler)
        {
            if (_admission.Refuse(context, route) is { } refusal) return refusal;
            IncomingBody.Bound(context, _limits.MaxBodyBytes, _clock);
            return handler(context);
        }

        headers.Allow = route.Methods;
        if (!HttpMethods.IsOptions(request.Method))
            return route.Fail(context, StatusCodes.Status405MethodNotAllowed, $"expected {route.Methods}");
        headers.AccessControlAllowMethods = route.Methods;
        headers.AccessControlAllowHeaders = "Content-Type, Authorization";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
