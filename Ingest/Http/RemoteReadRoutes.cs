using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Ingest.Protocols.RemoteRead;
using Slungd.Ingest.Protocols.Snappy;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Http;

/// <summary>`POST /api/v1/read`: Prometheus remote read. Chunks are streamed to a client that takes them; samples come
/// in one snappy block, and native histograms only there
/// (prometheus.io/docs/prometheus/latest/querying/remote_read_api).</summary>
internal sealed class RemoteReadRoutes(ISeriesReader reader, ApiGate gate, RequestBodies bodies, Limits limits)
{
    private const int FrameBytes = 1 << 20;

    public IEnumerable<HttpRoute> All() => [new HttpRoute("/api/v1/read") { Post = Read }];

    private async Task Read(HttpContext context)
    {
        NativeBufferWriter body =
            await bodies.ReadAsync(context.Request, isSnappyAssumed: true, context.RequestAborted);
        ReadRequest? request;
        string error;
        try { request = ReadRequest.TryRead(body.WrittenSpan, out error); }
        finally { bodies.Return(body); }
        if (request is null)
        {
            await JsonAnswer.Error(context, StatusCodes.Status400BadRequest, error);
            return;
        }
        if (!await gate.TryEnter(context)) return;
        try
        {
            using SeriesView view = reader.OpenView();
            if (request.TakesChunks) await SendChunks(context, view, request);
            else await SendSamples(context, view, request);
        }
        finally { gate.Leave(); }
    }

    private async Task SendChunks(HttpContext context, SeriesView view, ReadRequest request)
    {
        context.Response.ContentType = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
        ReadSeries series = new();
        ArrayBufferWriter<byte> frames = new(FrameBytes);
        long[] times = new long[XorChunk.MaxSamples];
        double[] values = new double[XorChunk.MaxSamples];
        for (int query = 0; query < request.Queries.Count; query++)
        {
            foreach ((SeriesId id, Label[] labels) in Select(view, request.Queries[query]))
            {
                if (!view.FamilyOf(id).IsNumeric()) continue;
                series.Begin(labels);
                using SampleReader samples = new(reader, view, id, request.Queries[query]);
                while (true)
                {
                    int count = samples.Read(times, values);
                    if (count > 0) series.AddChunk(times.AsSpan(0, count), values.AsSpan(0, count));
                    bool isEnd = count < times.Length;
                    if (series.HasSamples && (isEnd || series.Bytes >= FrameBytes)) series.EndFrame(frames, query);
                    if (frames.WrittenCount >= FrameBytes)
                    {
                        await context.Response.Body.WriteAsync(frames.WrittenMemory, context.RequestAborted);
                        frames.ResetWrittenCount();
                    }
                    if (isEnd) break;
                }
            }
        }
        await context.Response.Body.WriteAsync(frames.WrittenMemory, context.RequestAborted);
    }

    private async Task SendSamples(HttpContext context, SeriesView view, ReadRequest request)
    {
        ArrayBufferWriter<byte> response = new(), result = new();
        ReadSeries series = new();
        foreach (ReadQuery query in request.Queries)
        {
            result.ResetWrittenCount();
            foreach ((SeriesId id, Label[] labels) in Select(view, query))
            {
                series.Begin(labels);
                if (view.FamilyOf(id) == ValueFamily.Histogram) AddHistograms(view, id, query, series);
                else if (view.FamilyOf(id).IsNumeric()) AddSamples(view, id, query, series);
                if (series.HasSamples) series.EndSeries(result);
                if (response.WrittenCount + result.WrittenCount > limits.MaxBodyBytes)
                {
                    string tooLong = $"the answer is longer than {limits.MaxBodyBytes} bytes: ask for less, or for "
                        + "STREAMED_XOR_CHUNKS";
                    await JsonAnswer.Error(context, StatusCodes.Status422UnprocessableEntity, tooLong);
                    return;
                }
            }
            ProtoWriter.Bytes(response, 1, result.WrittenSpan);
        }
        byte[] packed = new byte[SnappyBlock.MaxEncodedLength(response.WrittenCount)];
        int length = SnappyBlock.Encode(response.WrittenSpan, packed);
        context.Response.ContentType = "application/x-protobuf";
        context.Response.Headers.ContentEncoding = "snappy";
        context.Response.ContentLength = length;
        await context.Response.Body.WriteAsync(packed.AsMemory(0, length), context.RequestAborted);
    }

    private void AddSamples(SeriesView view, SeriesId id, ReadQuery query, ReadSeries into)
    {
        Span<long> times = stackalloc long[XorChunk.MaxSamples];
        Span<double> values = stackalloc double[XorChunk.MaxSamples];
        using SampleReader samples = new(reader, view, id, query);
        int count;
        do
        {
            count = samples.Read(times, values);
            for (int i = 0; i < count; i++) into.AddSample(times[i], values[i]);
        }
        while (count == times.Length);
    }

    private void AddHistograms(SeriesView view, SeriesId id, ReadQuery query, ReadSeries into)
    {
        ArrayBufferWriter<byte> message = new();
        TimeRange range = SampleReader.RangeOf(query, reader.Precision);
        using SeriesCursor cursor = view.Open(id, range, acceptSummaries: false);
        while (cursor.MoveNext())
        {
            for (int i = 0; i < cursor.Timestamps.Length; i++)
            {
                if (!HistogramCodec.TryDecode(cursor.PayloadAt(i), out FloatHistogram histogram)) continue;
                Precision.Milliseconds.TryConvert(cursor.Timestamps[i], reader.Precision, out long milliseconds);
                HistogramProto.Write(histogram, milliseconds, message);
                into.AddHistogram(message.WrittenSpan);
            }
        }
    }

    /// <summary>The series by labels, as clients expect them.</summary>
    private List<(SeriesId Id, Label[] Labels)> Select(SeriesView view, ReadQuery query)
    {
        List<SeriesId> ids = [];
        view.SelectWithPoints(query.Selector, SampleReader.RangeOf(query, reader.Precision), ids);
        List<(SeriesId Id, Label[] Labels)> series = ids.ConvertAll(id => (id, view.KeyOf(id).ToLabels()));
        series.Sort(static (a, b) => Compare(a.Labels, b.Labels));
        return series;
    }

    private static int Compare(Label[] a, Label[] b)
    {
        for (int i = 0; i < a.Length && i < b.Length; i++)
        {
            int order = SeriesLabels.CompareTexts(a[i].Name, b[i].Name);
            if (order == 0) order = SeriesLabels.CompareTexts(a[i].Value, b[i].Value);
            if (order != 0) return order;
        }
        return a.Length.CompareTo(b.Length);
    }
}
