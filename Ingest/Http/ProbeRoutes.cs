using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Ingest.Hosting;
using Slungd.Ingest.Hosting.Metrics;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>Liveness, readiness, metrics.</summary>
internal sealed class ProbeRoutes(Probes probes, MetricsPage metrics)
{
    public IEnumerable<HttpRoute> All()
    {
        foreach (string path in (string[])["/health", "/healthz", "/-/healthy"])
            yield return new HttpRoute(path) { Get = Health, Needs = TokenScope.None, IsProbe = true };
        foreach (string path in (string[])["/ready", "/-/ready"])
            yield return new HttpRoute(path) { Get = Ready, Needs = TokenScope.None, IsProbe = true };
        yield return new HttpRoute("/metrics") { Get = Metrics, Needs = TokenScope.Read, IsProbe = true };
    }

    private Task Health(HttpContext context) => Json(context, StatusCodes.Status200OK, probes.Health());

    private Task Ready(HttpContext context)
    {
        bool ready = probes.Ready(out byte[] body);
        if (!ready) context.Response.Headers.RetryAfter = "1";
        return Json(context, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, body);
    }

    private Task Metrics(HttpContext context)
    {
        ArrayBufferWriter<byte> page = new(16 * 1024);
        metrics.Write(page);
        return JsonAnswer.Send(context, StatusCodes.Status200OK, PrometheusText.ContentType, page.WrittenMemory);
    }

    private static Task Json(HttpContext context, int status, byte[] body) =>
        JsonAnswer.Send(context, status, JsonAnswer.ContentType, body);
}
