using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Os;

namespace Slungd.Ingest.Http;

/// <summary>Answers of gRPC: HTTP's status is always 200, the call's own stands in the trailers, or where there is no
/// message in the head ("Trailers-Only").</summary>
internal static class GrpcAnswer
{
    private const string ContentType = "application/grpc";

    public static async Task Done(HttpContext context, long rejected, string? problem)
    {
        byte[] message = OtlpAnswer.Success(rejected, problem);
        byte[] body = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        message.CopyTo(body, 5);
        context.Response.ContentType = ContentType;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    /// <summary>In the shape of an <see cref="ErrorAnswer"/>. What may be tried again says when, in
    /// google.rpc.RetryInfo, without which senders take RESOURCE_EXHAUSTED for final.</summary>
    public static Task Error(HttpContext context, int status, string error)
    {
        GrpcCode code = OtlpAnswer.CodeOf(status);
        IHeaderDictionary headers = context.Response.Headers;
        string? after = headers.RetryAfter;
        headers.Remove("Retry-After");
        headers.Remove("WWW-Authenticate");
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = ContentType;
        headers["grpc-status"] = ((int)code).ToString(CultureInfo.InvariantCulture);
        headers["grpc-message"] = Escape(error);
        if (long.TryParse(after, CultureInfo.InvariantCulture, out long seconds))
            headers["grpc-status-details-bin"] = Convert.ToBase64String(Retry(code, error, seconds)).TrimEnd('=');
        if (status == StatusCodes.Status415UnsupportedMediaType)
            headers["grpc-accept-encoding"] = ZstdDecoder.IsAvailable ? "identity,gzip,deflate,zstd"
                : "identity,gzip,deflate";
        return Task.CompletedTask;
    }

    /// <summary>`google.rpc.Status { 1 code, 2 message, 3 details { 1 type_url, 2 value } }` with `RetryInfo { 1 { 1
    /// seconds } }`.</summary>
    private static byte[] Retry(GrpcCode code, string error, long seconds)
    {
        ArrayBufferWriter<byte> delay = new(), info = new(), any = new(), status = new();
        ProtoWriter.Number(delay, 1, (ulong)seconds);
        ProtoWriter.Bytes(info, 1, delay.WrittenSpan);
        ProtoWriter.Bytes(any, 1, "type.googleapis.com/google.rpc.RetryInfo"u8);
        ProtoWriter.Bytes(any, 2, info.WrittenSpan);
        ProtoWriter.Number(status, 1, (ulong)code);
        ProtoWriter.Bytes(status, 2, Encoding.UTF8.GetBytes(error));
        ProtoWriter.Bytes(status, 3, any.WrittenSpan);
        return status.WrittenSpan.ToArray();
    }

    /// <summary>Percent-encoded but for printable ASCII.</summary>
    private static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= 0x20 and <= 0x7e and not (byte)'%') escaped.Append((char)b);
            else escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return escaped.ToString();
    }
}
