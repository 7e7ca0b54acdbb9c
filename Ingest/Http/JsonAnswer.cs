using System;
using System.Buffers;
using System.IO;
using System.IO.Compression;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Query;

namespace Slungd.Ingest.Http;

/// <summary>Sends whole answers: with a length, gzipped when the client takes it and it pays.</summary>
internal static class JsonAnswer
{
    public const string ContentType = "application/json";

    /// <summary>What to say when the managed heap has no room.</summary>
    public const string TooLarge = "the answer needs more memory than there is now: ask for less";

    /// <summary>Smaller bodies fit one packet anyway.</summary>
    private const int MinGzipBytes = 1_400;

    /// <summary>`{"status":"error","errorType":"bad_data","error":"...","at":12}`, the shape of every error of port
    /// 2078; `errorType` as Prometheus' clients know it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="error">What was expected, for people.</param>
    /// <param name="at">The place in the query, where there is one.</param>
    public static Task Error(HttpContext context, int status, string error, int? at = null)
    {
        ArrayBufferWriter<byte> body = new(256);
        using (Utf8JsonWriter json = new(body, QueryJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "error"u8);
            json.WriteString("errorType"u8, TypeOf(status));
            json.WriteString("error"u8, error);
            if (at is { } place) json.WriteNumber("at"u8, place);
            json.WriteEndObject();
        }
        return Send(context, status, ContentType, body.WrittenMemory);
    }

    public static async Task Send(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.Headers.ContentEncoding = default; // of an answer that came to nothing
        if (body.Length >= MinGzipBytes)
        {
            response.Headers.Append("Vary", "Accept-Encoding");
            if (TakesGzip(context.Request))
            {
                body = Gzip(body.Span);
                response.Headers.ContentEncoding = "gzip";
            }
        }
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static ReadOnlySpan<byte> TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "unauthorized"u8,
        StatusCodes.Status403Forbidden => "forbidden"u8,
        StatusCodes.Status404NotFound => "not_found"u8,
        StatusCodes.Status422UnprocessableEntity => "execution"u8,
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => "unavailable"u8,
        >= StatusCodes.Status500InternalServerError => "internal"u8,
        _ => "bad_data"u8,
    };

    /// <summary>Accept-Encoding lists gzip (or `*`) without `q=0` (RFC 9110, section 12.5.3).</summary>
    internal static bool TakesGzip(HttpRequest request)
    {
        foreach (string? line in request.Headers.AcceptEncoding)
        {
            foreach (Range part in line.AsSpan().Split(','))
            {
                ReadOnlySpan<char> coding = line.AsSpan(part).Trim();
                int semicolon = coding.IndexOf(';');
                ReadOnlySpan<char> name = semicolon < 0 ? coding : coding[..semicolon].TrimEnd();
                if (!name.Equals("gzip", StringComparison.OrdinalIgnoreCase) && name is not "*") continue;
                ReadOnlySpan<char> weight = semicolon < 0 ? "" : coding[(semicolon + 1)..].Trim();
                return !(weight.StartsWith("q=0") && weight["q=0".Length..].Trim(".0").IsEmpty);
            }
        }
        return false;
    }

    private static ReadOnlyMemory<byte> Gzip(ReadOnlySpan<byte> body)
    {
        MemoryStream packed = new(body.Length / 4 + 64);
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(body);
        return packed.GetBuffer().AsMemory(0, (int)packed.Length);
    }
}
