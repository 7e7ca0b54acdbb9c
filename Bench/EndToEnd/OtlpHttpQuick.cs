using System;
using System.Diagnostics;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using Slungd.Bench.Ingest;

namespace Slungd.Bench.EndToEnd;

/// <summary>`--quick otlp-http`: OTLP in protobuf over HTTP into the published executable (SLUNGD_BINARY), log
/// included: requests of 2,000 data points with five attributes each, as the OpenTelemetry Collector batches them, each
/// sent when the one before is answered, from one connection and from two.</summary>
internal static class OtlpHttpQuick
{
    public static void Run(int points, int rounds)
    {
        if (RunningDaemon.Binary is not { } binary)
        {
            Console.WriteLine("skipped: needs SLUNGD_BINARY as ./build.sh bench sets it");
            return;
        }
        using RunningDaemon daemon = RunningDaemon.Start(binary, "");
        using HttpClient http = new() { BaseAddress = new Uri($"http://{daemon.HttpAddress}") };
        int requests = Math.Max(2, points / OtlpQuick.RequestPoints);
        ulong second = 1_700_000_000;
        foreach (int connections in (int[])[1, 2])
        {
            (double seconds, double cpu) best = (double.MaxValue, double.MaxValue);
            for (int round = 0; round < rounds; round++)
            {
                byte[][] bodies = new byte[requests][];
                for (int i = 0; i < requests; i++) bodies[i] = OtlpQuick.Request(second++, temporality: 2);
                TimeSpan before = daemon.CpuTime;
                long begin = Stopwatch.GetTimestamp();
                Send(http, bodies, connections);
                best = (Math.Min(best.seconds, Stopwatch.GetElapsedTime(begin).TotalSeconds),
                    Math.Min(best.cpu, (daemon.CpuTime - before).TotalNanoseconds));
            }
            double sent = (double)requests * OtlpQuick.RequestPoints;
            Console.WriteLine($"{connections} connection(s): {sent / best.seconds / 1e6:F2} M points/s, "
                + $"{best.cpu / sent:F0} CPU ns a point: {sent / best.cpu * 1e3:F2} M points per second of CPU");
        }
    }

    private static void Send(HttpClient http, byte[][] bodies, int connections)
    {
        int next = -1;
        var senders = new Thread[connections];
        for (int i = 0; i < connections; i++)
        {
            senders[i] = new Thread(() =>
            {
                for (int own; (own = Interlocked.Increment(ref next)) < bodies.Length;)
                {
                    ByteArrayContent body = new(bodies[own]);
                    body.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
                    using HttpRequestMessage request = new(HttpMethod.Post, "/v1/metrics") { Content = body };
                    using HttpResponseMessage answer = http.Send(request);
                    if (!answer.IsSuccessStatusCode || answer.Content.Headers.ContentLength != 0)
                        throw new InvalidOperationException($"{answer.StatusCode}: points were not taken");
                }
            });
            senders[i].Start();
        }
        foreach (Thread sender in senders) sender.Join();
    }
}
