using System;
using System.Buffers;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Query;

namespace Slungd.Ingest.Http;

/// <summary>Answers in the shapes of InfluxDB 1.x and 2.x.</summary>
internal static class InfluxAnswer
{
    /// <summary>The version whose behaviour clients may expect.</summary>
    public const string Version = "1.8.10";

    /// <summary>More of an error is not repeated in a header.</summary>
    private const int MaxHeaderChars = 512;

    /// <summary>`{"error":"..."}`, and the same in a header
    /// (docs.influxdata.com/influxdb/v1/tools/api/#status-codes-and-responses-1).</summary>
    public static Task Error1(HttpContext context, int status, string error)
    {
        context.Response.Headers["X-Influxdb-Error"] = HeaderText(error);
        return Send(context, status, json => json.WriteString("error"u8, error));
    }

    /// <summary>`{"code":"invalid","message":"..."}` (docs.influxdata.com/influxdb/v2/api/, "Errors").</summary>
    public static Task Error2(HttpContext context, int status, string error) => Error2(context, status, error, 0);

    /// <inheritdoc cref="Error2(HttpContext, int, string)"/>
    /// <param name="context">The request.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="error">What was expected, for people.</param>
    /// <param name="line">The line where the first mistake is; 0: it is in none.</param>
    public static Task Error2(HttpContext context, int status, string error, long line)
    {
        string code = CodeOf(status);
        context.Response.Headers["X-Platform-Error-Code"] = code;
        return Send(context, status, json =>
        {
            json.WriteString("code"u8, code);
            json.WriteString("message"u8, error);
            if (line > 0) json.WriteNumber("line"u8, line);
        });
    }

    /// <summary>Sends an object.</summary>
    public static Task Send(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        AddHeaders(context.Response.Headers);
        ArrayBufferWriter<byte> body = new(256);
        using (Utf8JsonWriter json = new(body, QueryJson.WriterOptions))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return JsonAnswer.Send(context, status, JsonAnswer.ContentType, body.WrittenMemory);
    }

    /// <summary>Nothing, for what is done.</summary>
    public static Task Done(HttpContext context)
    {
        AddHeaders(context.Response.Headers);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers["X-Influxdb-Version"] = Version;
        headers["X-Influxdb-Build"] = "OSS";
    }

    /// <summary>Headers hold printable ASCII.</summary>
    private static string HeaderText(string error) =>
        string.Create(Math.Min(error.Length, MaxHeaderChars), error, static (text, from) =>
        {
            for (int i = 0; i < text.Length; i++)
                text[i] = from[i] is >= ' ' and <= '~' ? from[i] : char.IsControl(from[i]) ? ' ' : '?';
        });

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "invalid",
        StatusCodes.Status401Unauthorized => "unauthorized",
        StatusCodes.Status403Forbidden => "forbidden",
        StatusCodes.Status405MethodNotAllowed => "method not allowed",
        StatusCodes.Status413PayloadTooLarge => "request too large",
        StatusCodes.Status415UnsupportedMediaType => "unsupported media type",
        StatusCodes.Status429TooManyRequests => "too many requests",
        StatusCodes.Status503ServiceUnavailable or StatusCodes.Status507InsufficientStorage => "unavailable",
        _ => "internal error",
    };
}
