using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Ingest.Security;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Http;

/// <summary>OTLP metrics over gRPC: unary calls, framed by hand over HTTP/2.</summary>
internal sealed class OtlpGrpcRoutes(OtlpExport export, RequestBodies bodies)
{
    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
        {
            Post = Export, Error = GrpcAnswer.Error, Needs = TokenScope.Write,
        },
    ];

    private async Task Export(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!HttpProtocol.IsHttp2(request.Protocol))
        {
            const string expected = "expected HTTP/2, since this is gRPC";
            await JsonAnswer.Error(context, StatusCodes.Status426UpgradeRequired, expected);
            return;
        }
        if (request.ContentType is not { } type || !type.StartsWith("application/grpc", StringComparison.Ordinal)
            || type.StartsWith("application/grpc-web", StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType; // as gRPC wants it
            return;
        }
        if (!await export.TryEnter(context, GrpcAnswer.Error)) return;
        IncomingBody.AllowPacked(request);
        GrpcMessageStream message = await GrpcMessageStream.Open(request.Body, context.RequestAborted);
        string coding = message.IsCompressed ? request.Headers["grpc-encoding"].ToString() : "identity";
        if (message.IsCompressed && coding is "" or "identity")
            throw new BadHttpRequestException("expected grpc-encoding, since the message is compressed");
        if (coding is not ("identity" or "gzip" or "deflate" or "zstd"))
        {
            string expected = "expected grpc-encoding gzip or deflate, or zstd where libzstd is, got " + coding;
            throw new BadHttpRequestException(expected, StatusCodes.Status415UnsupportedMediaType);
        }
        NativeBufferWriter body = await bodies.ReadAsync(message, coding, context.RequestAborted);
        Task answer;
        try { answer = export.Take(context, body.WrittenSpan, GrpcAnswer.Done, GrpcAnswer.Error); }
        finally { bodies.Return(body); }
        await answer;
    }
}
