using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
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
    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/api/v1/dsl")
        {
            Get = context => Answer(context, RequestParameters.OfUrl(context.Request)),
            Post = async context => await Answer(context, await RequestParameters.ReadForm(context.Request)),
        },
    ];

    private async Task Answer(HttpContext context, RequestParameters parameters)
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
            Limit = limit, Cursor = parameters["next"], TimeLimit = limits.QueryTimeout,
            Cancellation = context.RequestAborted,
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
            await JsonAnswer.Error(context, StatusCodes.Status422UnprocessableEntity, JsonAnswer.TooLarge);
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
}
