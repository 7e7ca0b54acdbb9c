using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Query;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>A successful answer in Prometheus' shape, `{"status":"success","data":...}`, sent while it is written, so
/// that a long one takes little memory; gzipped when the client takes it. The creator writes the data, then calls
/// <see cref="Finish"/>. What goes wrong in between can only break the connection.</summary>
internal sealed class ApiAnswer : IAsyncDisposable
{
    private const int ChunkBytes = 32 * 1024;

    private readonly HttpContext _context;
    private readonly Stream _body;
    private bool _isFinished;

    private ApiAnswer(HttpContext context, Stream body)
    {
        _context = context;
        _body = body;
        Json = new Utf8JsonWriter(body, QueryJson.WriterOptions);
    }

    /// <summary>Stands where the data goes.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Begins the answer.</summary>
    public static ApiAnswer Begin(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = JsonAnswer.ContentType;
        response.Headers.Append("Vary", "Accept-Encoding");
        Stream body = HttpMethods.IsHead(context.Request.Method) ? Stream.Null : response.Body;
        if (body != Stream.Null && JsonAnswer.TakesGzip(context.Request))
        {
            response.Headers.ContentEncoding = "gzip";
            body = new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true);
        }
        ApiAnswer answer = new(context, body);
        answer.Json.WriteStartObject();
        answer.Json.WriteString("status"u8, "success"u8);
        answer.Json.WritePropertyName("data"u8);
        return answer;
    }

    /// <summary>A short answer whose data is written at once.</summary>
    public static async Task Send(HttpContext context, Action<Utf8JsonWriter> data)
    {
        await using ApiAnswer answer = Begin(context);
        data(answer.Json);
        await answer.Finish();
    }

    /// <summary>`{"status":"error","errorType":"bad_data","error":"..."}`</summary>
    public static Task Error(HttpContext context, ApiError kind, string error)
    {
        if (kind.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = "1";
        System.Buffers.ArrayBufferWriter<byte> body = new(256);
        using (Utf8JsonWriter json = new(body, QueryJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "error"u8);
            json.WriteString("errorType"u8, kind.Type);
            json.WriteString("error"u8, error);
            json.WriteEndObject();
        }
        return JsonAnswer.Send(context, kind.Status, JsonAnswer.ContentType, body.WrittenMemory);
    }

    /// <summary>Sends what is written once it is enough. Call between values.</summary>
    public ValueTask Breathe() => // nearly always there is nothing to wait for: no state machine
        Json.BytesPending < ChunkBytes ? default : new ValueTask(Json.FlushAsync(_context.RequestAborted));

    /// <summary>Ends the answer.</summary>
    /// <param name="warnings">What the client should know besides.</param>
    /// <param name="infos">Likewise, less urgent.</param>
    public async Task Finish(IReadOnlyCollection<string>? warnings = null, IReadOnlyCollection<string>? infos = null)
    {
        WriteNotes("warnings", warnings);
        WriteNotes("infos", infos);
        Json.WriteEndObject();
        // A short one goes out at once, with its length: in chunks its end would be a packet of its own.
        if (Json.BytesCommitted == 0 && _body is not GZipStream) _context.Response.ContentLength = Json.BytesPending;
        await Json.FlushAsync(_context.RequestAborted);
        _isFinished = true;
    }

    public async ValueTask DisposeAsync()
    {
        Json.Reset(Stream.Null); // an unfinished answer must not end as if it were whole
        await Json.DisposeAsync();
        if (_body is GZipStream gzip && _isFinished) await gzip.DisposeAsync();
    }

    private void WriteNotes(string name, IReadOnlyCollection<string>? notes)
    {
        if (notes is null || notes.Count == 0) return;
        Json.WriteStartArray(name);
        foreach (string note in notes) Json.WriteStringValue(note);
        Json.WriteEndArray();
    }
}
