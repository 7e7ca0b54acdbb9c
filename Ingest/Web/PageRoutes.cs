using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Slungd.Ingest.Http;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Web;

/// <summary>The page: `/`, and its files at `/page/NAME`. Nothing in them is secret, so they need no
/// token; the page asks for one when the API does.</summary>
internal sealed class PageRoutes
{
    /// <summary>Only what lies beside the page, no inline script or style, no other host
    /// (https://www.w3.org/TR/CSP3/).</summary>
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly ConcurrentDictionary<string, PageFile> _files = new(StringComparer.Ordinal);
    private readonly HttpRoute _part = new("/page/*");

    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/") { Get = context => Send(context, "index.html"), Needs = TokenScope.None },
        new HttpRoute(_part.Path)
        {
            Get = context => Send(context, _part.Capture(context.Request.Path.Value!)!), Needs = TokenScope.None,
        },
    ];

    private async Task Send(HttpContext context, string name)
    {
        // Only names of files that there are get in, so there can't be more of them than files.
        if (!_files.TryGetValue(name, out PageFile? file) && PageFile.Find(name) is { } found)
            file = _files.GetOrAdd(name, found);
        if (file is null)
        {
            await JsonAnswer.Error(context, StatusCodes.Status404NotFound, "no such path");
            return;
        }
        HttpResponse response = context.Response;
        IHeaderDictionary headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-cache"; // ask each time, which costs a 304: a new daemon has a new page at once
        headers.ETag = file.Tag;
        headers.Append("Vary", "Accept-Encoding");
        if (IsKnown(context.Request.Headers.IfNoneMatch, file.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        bool isPacked = JsonAnswer.TakesGzip(context.Request);
        if (isPacked) headers.ContentEncoding = "gzip";
        byte[] body = isPacked ? file.Packed : file.Unpack();
        response.ContentType = file.ContentType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>If-None-Match: a list of tags, or `*` (RFC 9110, section 13.1.2). Our tags have no comma.</summary>
    private static bool IsKnown(StringValues lines, string tag)
    {
        foreach (string? line in lines)
        {
            foreach (Range part in line.AsSpan().Split(','))
                if (line.AsSpan(part).Trim() is var one && (one is "*" || one.SequenceEqual(tag))) return true;
        }
        return false;
    }
}
