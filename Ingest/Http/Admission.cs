using System;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Slungd.Ingest.Net;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>Tokens on port 2078: who may call a route, and a line in the log for everything that an admin's token did.
/// </summary>
/// <param name="access">Null: anybody may do anything.</param>
/// <param name="clock">For the log's limits.</param>
/// <param name="log">The audit log.</param>
internal sealed class Admission(AccessPolicy? access, TimeProvider clock, ILogger log)
{
    private const int MaxTargetChars = 512;

    private readonly LogLimiter _deniedLog = new(intervalMs: 10_000);

    /// <summary>Sends 401, 403 or 429 when the request's token does not allow it; null when it may go on.</summary>
    public Task? Refuse(HttpContext context, HttpRoute route)
    {
        TokenScope needed = route.NeedsFor(context.Request.Method);
        if (access is null || needed == TokenScope.None) return null;
        AccessVerdict verdict = access.Check(SecretOf(context.Request), needed, out AccessToken? token);
        if (verdict == AccessVerdict.Allowed)
        {
            context.Features.Set(token);
            return needed == TokenScope.Write ? Throttle(context, route, token!) : null;
        }
        string why = AccessPolicy.Explain(verdict, needed);
        if (_deniedLog.MayLog((long)clock.GetElapsedTime(0).TotalMilliseconds, 1, out long count))
            Log.Denied(log, count, PeerOf(context), why);
        if (verdict == AccessVerdict.Forbidden)
            return route.Fail(context, StatusCodes.Status403Forbidden, why);
        context.Response.Headers.WWWAuthenticate = AccessPolicy.Challenge;
        return route.Fail(context, StatusCodes.Status401Unauthorized, why);
    }

    /// <summary>Writes what an admin's request came to.</summary>
    public void Audit(HttpContext context, HttpRoute route)
    {
        HttpRequest request = context.Request;
        if (route.NeedsFor(request.Method) != TokenScope.Admin || HttpMethods.IsOptions(request.Method)) return;
        string who = context.Features.Get<AccessToken>() is { } token ? $"{token.Name} ({token.Id})"
            : access is null ? "anybody" : "nobody known";
        Log.Audit(log, who, PeerOf(context), request.Method, TargetOf(request), context.Response.StatusCode);
    }

    /// <summary>Path and parameters without the ones that hold secrets, and without control characters.</summary>
    internal static string TargetOf(HttpRequest request)
    {
        StringBuilder text = new(request.Path.Value);
        char separator = '?';
        foreach ((string name, StringValues values) in request.Query)
        {
            if (IsSecret(name)) continue;
            foreach (string? value in values)
            {
                text.Append(separator).Append(name).Append('=').Append(value);
                separator = '&';
                if (text.Length > MaxTargetChars) break;
            }
        }
        if (text.Length > MaxTargetChars) text.Length = MaxTargetChars;
        for (int i = 0; i < text.Length; i++) if (char.IsControl(text[i])) text[i] = ' ';
        return text.ToString();
    }

    /// <summary>Names of parameters are looked up in any letter case.</summary>
    private static bool IsSecret(string name) =>
        name.Equals("p", StringComparison.OrdinalIgnoreCase) || name.Equals("u", StringComparison.OrdinalIgnoreCase);

    private static Task? Throttle(HttpContext context, HttpRoute route, AccessToken token)
    {
        TimeSpan debt = token.Allowance?.Debt() ?? TimeSpan.Zero;
        if (debt == TimeSpan.Zero) return null;
        context.Response.Headers.RetryAfter = $"{Math.Ceiling(debt.TotalSeconds)}";
        return route.Fail(context, StatusCodes.Status429TooManyRequests,
            $"expected at most {token.Allowance!.PointsPerSecond} points per second with this token");
    }

    private static string? SecretOf(HttpRequest request)
    {
        if (request.Headers.Authorization is [{ } header, ..]) return ShownToken.FromAuthorization(header);
        return request.Query.TryGetValue("p", out StringValues password) ? password[0] : null;
    }

    private static string PeerOf(HttpContext context) =>
        $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}";
}
