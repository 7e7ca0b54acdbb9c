using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Slungd.Ingest.Http;

/// <summary>Parameters of the URL, and of the form before them.</summary>
internal readonly struct RequestParameters
{
    /// <summary>A packed form may be no bomb, whatever bodies may be.</summary>
    private const int MaxUnpackedBytes = 4 << 20;

    private readonly IQueryCollection _url;
    private readonly IFormCollection? _form;

    private RequestParameters(IQueryCollection url, IFormCollection? form) => (_url, _form) = (url, form);

    /// <summary>The first of a name, or null.</summary>
    public string? this[string name] =>
        _form is not null && _form.TryGetValue(name, out StringValues posted) ? posted[0]
        : _url.TryGetValue(name, out StringValues given) ? given[0]
        : null;

    public static RequestParameters OfUrl(HttpRequest request) => new(request.Query, null);

    /// <summary>With those of the body, when there is one. That of a GET means nothing (RFC 9110, section 9.3.1), and
    /// some clients send one.</summary>
    /// <exception cref="BadHttpRequestException">The body is no form, or one that can't be unpacked.</exception>
    public static async Task<RequestParameters> ReadForm(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) return OfUrl(request);
        if (!request.HasFormContentType)
        {
            if (request.ContentLength is null or 0) return OfUrl(request);
            const string expected = "expected a body of type application/x-www-form-urlencoded";
            throw new BadHttpRequestException(expected, StatusCodes.Status415UnsupportedMediaType);
        }
        try
        {
            await Unpack(request);
            return new RequestParameters(request.Query, await ReadFields(request));
        }
        catch (InvalidDataException e) // too many or too long parts, or no gzip
        {
            throw new BadHttpRequestException(e.Message, StatusCodes.Status400BadRequest, e);
        }
    }

    /// <summary>The request's own reader refuses forms with a NUL, which URLs may have: what reads the value shall say
    /// what is wrong with it.</summary>
    private static async Task<IFormCollection> ReadFields(HttpRequest request)
    {
        bool isPlain = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            && type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            && (type.Charset.Length == 0 || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        if (!isPlain) return await request.ReadFormAsync();
        using FormReader reader = new(request.Body, Encoding.UTF8);
        FormCollection form = new(await reader.ReadFormAsync(request.HttpContext.RequestAborted));
        request.Form = form; // for the log of slow queries
        return form;
    }

    private static async Task Unpack(HttpRequest request)
    {
        string coding = request.Headers.ContentEncoding.ToString();
        if (coding.Length == 0 || coding.Equals("identity", StringComparison.OrdinalIgnoreCase)) return;
        int maxBytes = Math.Min(IncomingBody.AllowPacked(request), MaxUnpackedBytes);
        await using UnpackingStream unpacking = coding.ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => UnpackingStream.Gzip(request.Body),
            "deflate" => UnpackingStream.Zlib(request.Body),
            _ => throw new BadHttpRequestException("expected Content-Encoding identity, gzip or deflate, got " + coding,
                StatusCodes.Status415UnsupportedMediaType),
        };
        MemoryStream form = new();
        byte[] room = new byte[4096];
        for (int read; (read = await unpacking.ReadAsync(room)) > 0;)
        {
            form.Write(room, 0, read);
            if (form.Length > maxBytes) throw IncomingBody.TooLong(maxBytes);
        }
        form.Position = 0;
        request.Body = form;
    }

    /// <summary>Every value of a name, those of the form first.</summary>
    public List<string> All(string name)
    {
        var values = new List<string>();
        if (_form is not null && _form.TryGetValue(name, out StringValues posted)) Add(posted);
        if (_url.TryGetValue(name, out StringValues given)) Add(given);
        return values;

        void Add(StringValues texts)
        {
            foreach (string? text in texts) values.Add(text ?? "");
        }
    }
}
