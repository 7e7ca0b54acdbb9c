using System;
using System.Collections.Generic;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Slungd.Engine.Model;
using Slungd.Ingest.Net;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>Tokens on port 2078: who may call a route, and a line in the log for everything that an admin's token did.
/// </summary>
/// <param name="access">Null: anybody may do anything.</param>
/// <param name="sink">Counts the requests that come while their token still owes points.</param>
/// <param name="clock">For the log's limits.</param>
/// <param name="log">For those who are turned away.</param>
/// <param name="audit">The audit log.</param>
internal sealed class Admission(AccessPolicy? access, IEventSink sink, TimeProvider clock, ILogger log, ILogger audit)
{
    private const int MaxTargetChars = 512;

    /// <summary>Those of the routes that are for admins.</summary>
    private static readonly string[] s_auditedParameters = ["match[]", "start", "end", "limit"];

    private readonly LogLimiter _deniedLog = new(intervalMs: 10_000);
    private readonly LogLimiter _refusedLog = new(intervalMs: 1_000);
    private readonly LogLimiter _strangersLog = new(intervalMs: 1_000); // who must not hide the others

    private long NowMs => (long)clock.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Sends 401, 403 or 429 when the request's token does not allow it; null when it may go on.</summary>
    public Task? Refuse(HttpContext context, HttpRoute route)
    {
        TokenScope needed = route.NeedsFor(context.Request.Method);
        if (access is null || needed == TokenScope.None) return null;
        AccessVerdict verdict = access.Check(SecretOf(context.Request), needed, out AccessToken? token);
        if (token is not null) context.Features.Set(token); // also of who is refused: the audit log names them
        if (verdict == AccessVerdict.Allowed)
        {
            return needed == TokenScope.Write ? Throttle(context, route, token!) : null;
        }
        string why = AccessPolicy.Explain(verdict, needed);
        if (_deniedLog.MayLog(NowMs, 1, out long count))
            Log.Denied(log, count, PeerOf(context), why);
        if (verdict == AccessVerdict.Forbidden)
            return route.Fail(context, StatusCodes.Status403Forbidden, why);
        context.Response.Headers.WWWAuthenticate = AccessPolicy.Challenge;
        return route.Fail(context, StatusCodes.Status401Unauthorized, why);
    }

    /// <summary>Writes what an admin's request came to. Anybody can make requests that are refused: of these there is a
    /// line a second, and how many there were.</summary>
    public void Audit(HttpContext context, HttpRoute route)
    {
        HttpRequest request = context.Request;
        // A path or method that is not there can't have done anything.
        if (route.For(request.Method) is null || route.NeedsFor(request.Method) != TokenScope.Admin) return;
        AccessToken? token = context.Features.Get<AccessToken>();
        string who = token is not null ? $"{token.Name} ({token.Id})"
            : access is null ? "anybody" : "nobody known";
        int status = context.Response.StatusCode;
        if (status is not (StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden))
            Log.Audit(audit, who, PeerOf(context), request.Method, TargetOf(request, route), status);
        else if ((token is null ? _strangersLog : _refusedLog).MayLog(NowMs, 1, out long count))
            Log.AuditRefused(audit, who, PeerOf(context), request.Method, TargetOf(request, route), status, count);
    }

    /// <summary>Path and the parameters that say what was done: whatever else is there may be a secret in the wrong
    /// place. Without control characters.</summary>
    internal static string TargetOf(HttpRequest request, HttpRoute route)
    {
        StringBuilder text = new(HoldsToken(request.Path.Value) ? route.Path : request.Path.Value);
        char separator = '?';
        // Those of a form as they were read; of who was turned away none was.
        if (request.HttpContext.Features.Get<IFormFeature>()?.Form is { } form) Append(text, form, ref separator);
        Append(text, request.Query, ref separator);
        if (text.Length > MaxTargetChars) text.Length = MaxTargetChars;
        for (int i = 0; i < text.Length; i++) if (char.IsControl(text[i])) text[i] = ' ';
        return text.ToString();
    }

    private static void Append(StringBuilder text, IEnumerable<KeyValuePair<string, StringValues>> parameters,
        ref char separator)
    {
        foreach ((string name, StringValues values) in parameters)
        {
            if (Array.IndexOf(s_auditedParameters, name.ToLowerInvariant()) < 0) continue;
            foreach (string? value in values)
            {
                if (HoldsToken(value)) continue;
                text.Append(separator).Append(name).Append('=').Append(value);
                separator = '&';
                if (text.Length > MaxTargetChars) break;
            }
        }
    }

    private static bool HoldsToken(string? text) =>
        text is not null && text.Contains(AccessToken.Prefix, StringComparison.OrdinalIgnoreCase);

    private Task? Throttle(HttpContext context, HttpRoute route, AccessToken token)
    {
        TimeSpan debt = token.Allowance?.Debt() ?? TimeSpan.Zero;
        if (debt == TimeSpan.Zero) return null;
        sink.CountTurnedAway(RefusalCode.Rate);
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
