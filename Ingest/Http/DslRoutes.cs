using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Ingest.Http;

/// <summary>`GET` and `POST /api/v1/dsl`: history in the query language. Parameters `q`, and for RAW `limit` and `next`
/// (the cursor of the answer before), in the URL or as a form.</summary>
internal sealed class DslRoutes(QueryExecutor executor, IEventSink sink, QueryGate gate, Limits limits)
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/api/v1/dsl")
        {
            Get = context => Answer(context, new Parameters(context.Request.Query, null)),
            Post = async context => await Answer(context, await Parameters.ReadForm(context.Request)),
        },
    ];

    private async Task Answer(HttpContext context, Parameters parameters)
    {
        if (parameters["q"] is not { } text)
        {
            await JsonAnswer.Error(context, StatusCodes.Status400BadRequest, "expected a query in the parameter q");
            return;
        }
        int? limit = null;
        if (parameters["limit"] is { } limitText)
        {
            if (!int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                await JsonAnswer.Error(context, StatusCodes.Status400BadRequest, "expected a whole number as limit");
                return;
            }
            limit = number;
        }
        // Before recovery is done the store has no precision yet, without which no query can be read.
        if (sink.State == SinkState.Recovering)
        {
            context.Response.Headers.RetryAfter = "1";
            string reason = sink.StateReason ?? "recovery is going on";
            await JsonAnswer.Error(context, StatusCodes.Status503ServiceUnavailable, reason);
            return;
        }
        if (!DslParser.TryParse(text, executor.Precision, limits, out DslQuery? query, out QueryParseError error))
        {
            await JsonAnswer.Error(context, StatusCodes.Status400BadRequest, error.Message, error.At);
            return;
        }
        await Answer(context, query!, new QueryOptions
        {
            Limit = limit, Cursor = parameters["next"], TimeLimit = TimeLimit, Cancellation = context.RequestAborted,
        });
    }

    private async Task Answer(HttpContext context, DslQuery query, QueryOptions options)
    {
        if (!await gate.TryEnter(context.RequestAborted))
        {
            context.Response.Headers.RetryAfter = "1";
            await JsonAnswer.Error(context, StatusCodes.Status429TooManyRequests, "too many queries at once");
            return;
        }
        QueryResult result;
        ReadOnlyMemory<byte> body;
        try
        {
            result = executor.Execute(query, options);
            body = result.IsDone ? Encode(result) : default;
        }
        catch (OutOfMemoryException)
        {
            const string tooLarge = "the answer needs more memory than there is now: ask for less";
            await JsonAnswer.Error(context, StatusCodes.Status422UnprocessableEntity, tooLarge);
            return;
        }
        finally { gate.Leave(); }
        await (result.IsDone ? JsonAnswer.Send(context, StatusCodes.Status200OK, JsonAnswer.ContentType, body)
            : JsonAnswer.Error(context, StatusOf(result), result.Error!));
    }

    private static int StatusOf(QueryResult failed) => failed.Status == QueryStatus.BadRequest
        ? StatusCodes.Status400BadRequest : StatusCodes.Status422UnprocessableEntity;

    private static ReadOnlyMemory<byte> Encode(QueryResult result)
    {
        ArrayBufferWriter<byte> body = new(1024);
        using (Utf8JsonWriter json = new(body, QueryJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "success"u8);
            json.WriteStartObject("data"u8);
            QueryJson.WriteMembers(json, result);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return body.WrittenMemory;
    }

    /// <summary>Parameters of the URL, and of the form before them.</summary>
    private readonly struct Parameters(IQueryCollection url, IFormCollection? form)
    {
        public string? this[string name] =>
            form is not null && form.TryGetValue(name, out var posted) ? posted.ToString()
            : url.TryGetValue(name, out var given) ? given.ToString()
            : null;

        public static async Task<Parameters> ReadForm(HttpRequest request)
        {
            if (!request.HasFormContentType)
            {
                if (request.ContentLength is null or 0) return new Parameters(request.Query, null);
                const string expected = "expected a body of type application/x-www-form-urlencoded";
                throw new BadHttpRequestException(expected, StatusCodes.Status415UnsupportedMediaType);
            }
            foreach (string? coding in request.Headers.ContentEncoding)
            {
                if (string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase)) continue;
                const string expected = "expected a body without Content-Encoding";
                throw new BadHttpRequestException(expected, StatusCodes.Status415UnsupportedMediaType);
            }
            try { return new Parameters(request.Query, await request.ReadFormAsync()); }
            catch (InvalidDataException e) // a form with too many or too long parts
            {
                throw new BadHttpRequestException(e.Message, StatusCodes.Status400BadRequest, e);
            }
        }
    }
}
