using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using Slungd.Bench.Engine;
using Slungd.Bench.Engine.Store;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Memory;

namespace Slungd.Bench.Ingest;

/// <summary>`--quick otlp`: requests of 2,000 data points of 20 metrics with five attributes each, cumulative and
/// delta, and of 200 histograms of 10 bounds, counted as their 13 samples; decoded into nothing, and into a store in
/// memory, where series are known and where they are not.</summary>
internal static class OtlpQuick
{
    private const int Metrics = 20;
    private const int PointsOfMetric = 100;
    /// <summary>Data points of a request of sums.</summary>
    internal const int RequestPoints = Metrics * PointsOfMetric;

    private const int Histograms = 200;
    private const int Bounds = 10;

    private static readonly ArrayBufferWriter<byte> s_small = new();

    public static void Run(int points, int rounds)
    {
        using var load = new StoreLoad(1, onDisk: false);
        using MetadataStore metadata = new(1_000);
        using ExemplarStore exemplars = new(10, 1_000);
        OtlpDesk Desk(IEventSink sink, int cacheBytes = 1 << 24) => new(sink, new NoteKeeper(metadata, exemplars),
            new DeltaTable(1 << 24, HistogramPayload.Add), new ByteBudget(cacheBytes));
        int numbers = Math.Max(1, points / RequestPoints);
        int histograms = Math.Max(1, points / (Histograms * (Bounds + 3)));
        OtlpDesk nothing = Desk(new NullSink()), store = Desk(load.Store), forgetful = Desk(load.Store, cacheBytes: 0);
        ulong time = 1_700_000_000;
        byte[] gauges = Request(time, temporality: 2), deltas = Request(time, temporality: 1);
        byte[] buckets = HistogramRequest(time);
        Console.WriteLine($"{gauges.Length / (double)(Metrics * PointsOfMetric):F0} bytes a data point, "
            + $"{buckets.Length / (double)Histograms:F0} a histogram");
        double Read(OtlpDesk desk, Func<ulong, byte[]> make, int requests, int samples)
        {
            byte[] request = make(time++);
            for (int i = 0; i < requests; i++)
                if (!desk.TryRead(request) || desk.Batch.Count < samples) throw new InvalidOperationException();
            load.Store.Flush();
            return desk.Batch.Count;
        }
        const int sent = RequestPoints;
        List<(string Name, Func<double> Run)> ways =
        [
            ("sums into nothing", () => Read(nothing, t => gauges, numbers, sent)),
            ("sums into a store", () => Read(store, t => Request(t, 2), numbers, sent)),
            ("the same, nothing remembered", () => Read(forgetful, t => Request(t, 2), numbers, sent)),
            ("deltas into a store", () => Read(store, t => Request(t, 1), numbers, sent)),
        ];
        QuickTable.Run(ways, numbers * sent, rounds);
        ways =
        [
            ("histograms into nothing", () => Read(nothing, t => buckets, histograms, Histograms * (Bounds + 3))),
            ("histograms into a store", () => Read(store, HistogramRequest, histograms, Histograms * (Bounds + 3))),
        ];
        QuickTable.Run(ways, histograms * Histograms * (Bounds + 3), rounds);
    }

    /// <summary>Sums, <see cref="RequestPoints"/> of them.</summary>
    internal static byte[] Request(ulong seconds, ulong temporality)
    {
        ArrayBufferWriter<byte> scope = new(), data = new(), point = new(), metric = new();
        for (int m = 0; m < Metrics; m++)
        {
            data.ResetWrittenCount();
            metric.ResetWrittenCount();
            for (int p = 0; p < PointsOfMetric; p++)
            {
                point.ResetWrittenCount();
                Fixed(point, 2, 1_600_000_000_000_000_000);
                Fixed(point, 3, seconds * 1_000_000_000);
                ProtoWriter.Double(point, 4, p * 1.25 + m);
                Attributes(point, 7, p);
                ProtoWriter.Bytes(data, 1, point.WrittenSpan);
            }
            ProtoWriter.Number(data, 2, temporality);
            ProtoWriter.Number(data, 3, 1);
            ProtoWriter.Bytes(metric, 1, Encoding.UTF8.GetBytes($"http.server.requests{temporality}.{m}"));
            ProtoWriter.Bytes(metric, 3, "{request}"u8);
            ProtoWriter.Bytes(metric, 7, data.WrittenSpan);
            ProtoWriter.Bytes(scope, 2, metric.WrittenSpan);
        }
        return Wrap(scope);
    }

    private static byte[] HistogramRequest(ulong seconds)
    {
        ArrayBufferWriter<byte> scope = new(), data = new(), point = new(), metric = new(), packed = new();
        for (int p = 0; p < Histograms; p++)
        {
            point.ResetWrittenCount();
            Fixed(point, 2, 1_600_000_000_000_000_000);
            Fixed(point, 3, seconds * 1_000_000_000);
            Fixed(point, 4, 55);
            ProtoWriter.Double(point, 5, 123.5);
            packed.ResetWrittenCount();
            for (int i = 0; i <= Bounds; i++) packed.Write(BitConverter.GetBytes((ulong)i));
            ProtoWriter.Bytes(point, 6, packed.WrittenSpan);
            packed.ResetWrittenCount();
            for (int i = 0; i < Bounds; i++) packed.Write(BitConverter.GetBytes(0.005 * (1 << i)));
            ProtoWriter.Bytes(point, 7, packed.WrittenSpan);
            Attributes(point, 9, p);
            ProtoWriter.Bytes(data, 1, point.WrittenSpan);
        }
        ProtoWriter.Number(data, 2, 2);
        ProtoWriter.Bytes(metric, 1, "http.server.request.duration"u8);
        ProtoWriter.Bytes(metric, 3, "s"u8);
        ProtoWriter.Bytes(metric, 9, data.WrittenSpan);
        ProtoWriter.Bytes(scope, 2, metric.WrittenSpan);
        return Wrap(scope);
    }

    private static byte[] Wrap(ArrayBufferWriter<byte> metrics)
    {
        ArrayBufferWriter<byte> library = new(), scope = new(), resource = new(), both = new(), request = new();
        ProtoWriter.Bytes(library, 1, "io.opentelemetry.http"u8);
        ProtoWriter.Bytes(library, 2, "2.1.0"u8);
        ProtoWriter.Bytes(scope, 1, library.WrittenSpan);
        scope.Write(metrics.WrittenSpan);
        Attribute(resource, 1, "service.name", "checkout");
        Attribute(resource, 1, "service.instance.id", "627cc493-f310-47de-96bd-71410b7dec09");
        Attribute(resource, 1, "host.name", "node-17");
        ProtoWriter.Bytes(both, 1, resource.WrittenSpan);
        ProtoWriter.Bytes(both, 2, scope.WrittenSpan);
        ProtoWriter.Bytes(request, 1, both.WrittenSpan);
        return request.WrittenSpan.ToArray();
    }

    private static void Attributes(ArrayBufferWriter<byte> to, int field, int point)
    {
        Attribute(to, field, "http.request.method", point % 2 == 0 ? "GET" : "POST");
        Attribute(to, field, "http.route", $"/api/v1/items/{point}");
        Attribute(to, field, "http.response.status_code", "200");
        Attribute(to, field, "server.address", "shop.example.com");
        Attribute(to, field, "network.protocol.version", "1.1");
    }

    private static void Attribute(ArrayBufferWriter<byte> to, int field, string key, string value)
    {
        ArrayBufferWriter<byte> pair = new();
        s_small.ResetWrittenCount();
        ProtoWriter.Bytes(s_small, 1, Encoding.UTF8.GetBytes(value));
        ProtoWriter.Bytes(pair, 1, Encoding.UTF8.GetBytes(key));
        ProtoWriter.Bytes(pair, 2, s_small.WrittenSpan);
        ProtoWriter.Bytes(to, field, pair.WrittenSpan);
    }

    private static void Fixed(ArrayBufferWriter<byte> to, int field, ulong value) =>
        ProtoWriter.Double(to, field, BitConverter.UInt64BitsToDouble(value));
}
