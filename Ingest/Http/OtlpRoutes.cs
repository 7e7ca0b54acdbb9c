using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Http;

/// <summary>`POST /v1/metrics` and `/api/v1/otlp/v1/metrics`: OTLP metrics in protobuf and JSON.</summary>
internal sealed class OtlpRoutes(OtlpExport export, RequestBodies bodies)
{
    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/v1/metrics") { Post = Export, Error = OtlpAnswer.Error },
        new HttpRoute("/api/v1/otlp/v1/metrics") { Post = Export, Error = OtlpAnswer.Error },
    ];

    private async Task Export(HttpContext context)
    {
        bool isJson = OtlpAnswer.IsJson(context.Request);
        if (!isJson && !OtlpAnswer.IsProtobuf(context.Request))
        {
            await OtlpAnswer.Error(context, StatusCodes.Status415UnsupportedMediaType,
                "expected Content-Type application/x-protobuf or application/json");
            return;
        }
        if (!await export.TryEnter(context, OtlpAnswer.Error)) return;
        NativeBufferWriter body =
            await bodies.ReadAsync(context.Request, isSnappyAssumed: false, context.RequestAborted);
        Task answer;
        try
        {
            answer = isJson ? TakeJson(context, body)
                : export.Take(context, body.WrittenSpan, OtlpAnswer.Done, OtlpAnswer.Error);
        }
        finally { bodies.Return(body); }
        await answer;
    }

    private Task TakeJson(HttpContext context, NativeBufferWriter json)
    {
        NativeBufferWriter message = bodies.Rent();
        try
        {
            if (OtlpJson.TryConvert(json.WrittenSpan, message, out string? problem))
                return export.Take(context, message.WrittenSpan, OtlpAnswer.Done, OtlpAnswer.Error);
            lock (export.Counters) export.Counters.Malformed++;
            return OtlpAnswer.Error(context, StatusCodes.Status400BadRequest, problem!);
        }
        catch (OutputTooLargeException) { throw bodies.TooLarge(message); }
        finally { bodies.Return(message); }
    }
}
