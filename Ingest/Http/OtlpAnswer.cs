using System;
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Query;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Http;

/// <summary>Answers of OTLP/HTTP (opentelemetry.io/docs/specs/otlp, OTLP/HTTP Response): in the request's encoding, an
/// ExportMetricsServiceResponse, or for errors a google.rpc.Status.</summary>
internal static class OtlpAnswer
{
    public const string ProtobufType = "application/x-protobuf";

    /// <summary>The request says that it is JSON.</summary>
    public static bool IsJson(HttpRequest request) => HasType(request, JsonAnswer.ContentType);

    public static bool IsProtobuf(HttpRequest request) => HasType(request, ProtobufType);

    /// <summary>`partial_success { 1 rejected_data_points, 2 error_message }` when points were rejected, or with none
    /// rejected to warn of what else was left out; otherwise nothing: the message itself.</summary>
    public static byte[] Success(long rejected, string? problem)
    {
        if (rejected == 0 && problem is null) return [];
        ArrayBufferWriter<byte> partial = new(), response = new();
        ProtoWriter.Number(partial, 1, (ulong)rejected);
        ProtoWriter.Bytes(partial, 2, Encoding.UTF8.GetBytes(problem ?? ""));
        ProtoWriter.Bytes(response, 1, partial.WrittenSpan);
        return response.WrittenSpan.ToArray();
    }

    public static Task Done(HttpContext context, long rejected, string? problem)
    {
        if (!IsJson(context.Request))
            return JsonAnswer.Send(context, StatusCodes.Status200OK, ProtobufType, Success(rejected, problem));
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = new(body, QueryJson.WriterOptions))
        {
            json.WriteStartObject();
            if (rejected > 0 || problem is not null)
            {
                json.WriteStartObject("partialSuccess"u8);
                json.WriteString("rejectedDataPoints"u8, rejected.ToString(CultureInfo.InvariantCulture));
                json.WriteString("errorMessage"u8, problem);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        return JsonAnswer.Send(context, StatusCodes.Status200OK, JsonAnswer.ContentType, body.WrittenMemory);
    }

    /// <summary>`1 code | 2 message`. A full disk is 503: senders drop what is refused with 507.</summary>
    public static Task Error(HttpContext context, int status, string error)
    {
        if (status == StatusCodes.Status507InsufficientStorage) status = StatusCodes.Status503ServiceUnavailable;
        if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
        ArrayBufferWriter<byte> body = new();
        if (!IsJson(context.Request))
        {
            ProtoWriter.Number(body, 1, (ulong)CodeOf(status));
            ProtoWriter.Bytes(body, 2, Encoding.UTF8.GetBytes(error));
            return JsonAnswer.Send(context, status, ProtobufType, body.WrittenMemory);
        }
        using (Utf8JsonWriter json = new(body, QueryJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("code"u8, (int)CodeOf(status));
            json.WriteString("message"u8, error);
            json.WriteEndObject();
        }
        return JsonAnswer.Send(context, status, JsonAnswer.ContentType, body.WrittenMemory);
    }

    /// <summary>gRPC's code for an HTTP status.</summary>
    public static GrpcCode CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => GrpcCode.Unauthenticated,
        StatusCodes.Status403Forbidden => GrpcCode.PermissionDenied,
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => GrpcCode.Unimplemented,
        StatusCodes.Status415UnsupportedMediaType => GrpcCode.Unimplemented,
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests => GrpcCode.ResourceExhausted,
        StatusCodes.Status503ServiceUnavailable or StatusCodes.Status507InsufficientStorage => GrpcCode.Unavailable,
        >= StatusCodes.Status500InternalServerError => GrpcCode.Internal,
        _ => GrpcCode.InvalidArgument,
    };

    private static bool HasType(HttpRequest request, string type)
    {
        ReadOnlySpan<char> sent = request.ContentType;
        int semicolon = sent.IndexOf(';');
        return (semicolon < 0 ? sent : sent[..semicolon]).Trim().Equals(type, StringComparison.OrdinalIgnoreCase);
    }
}
