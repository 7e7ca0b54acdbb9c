using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Slungd.Ingest.Http;

/// <summary>Parameters of the URL, and of the form before them.</summary>
internal readonly struct RequestParameters
{
    private readonly IQueryCollection _url;
    private readonly IFormCollection? _form;

    private RequestParameters(IQueryCollection url, IFormCollection? form) => (_url, _form) = (url, form);

    /// <summary>The first of a name, or null.</summary>
    public string? this[string name] =>
        _form is not null && _form.TryGetValue(name, out StringValues posted) ? posted.ToString()
        : _url.TryGetValue(name, out StringValues given) ? given.ToString()
        : null;

    public static RequestParameters OfUrl(HttpRequest request) => new(request.Query, null);

    /// <summary>With those of the body, when there is one.</summary>
    /// <exception cref="BadHttpRequestException">The body is no form.</exception>
    public static async Task<RequestParameters> ReadForm(HttpRequest request)
    {
        if (!request.HasFormContentType)
        {
            if (request.ContentLength is null or 0) return OfUrl(request);
            const string expected = "expected a body of type application/x-www-form-urlencoded";
            throw new BadHttpRequestException(expected, StatusCodes.Status415UnsupportedMediaType);
        }
        foreach (string? coding in request.Headers.ContentEncoding)
        {
            if (string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase)) continue;
            const string expected = "expected a body without Content-Encoding";
            throw new BadHttpRequestException(expected, StatusCodes.Status415UnsupportedMediaType);
        }
        try { return new RequestParameters(request.Query, await request.ReadFormAsync()); }
        catch (InvalidDataException e) // a form with too many or too long parts
        {
            throw new BadHttpRequestException(e.Message, StatusCodes.Status400BadRequest, e);
        }
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
