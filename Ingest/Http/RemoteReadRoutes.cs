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
/// in one snappy block (prometheus.io/docs/prometheus/latest/querying/remote_read_api).</summary>
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
        using StreamedTurn? turn = await gate.TryStream(context);
        if (turn is null) return;
        using SeriesView view = reader.OpenView();
        if (request.TakesChunks) await SendChunks(context, view, request);
        else await SendSamples(context, view, request);
    }

    private async Task SendChunks(HttpContext context, SeriesView view, ReadRequest request)
    {
        context.Response.ContentType = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
        ReadSeries series = new();
        ArrayBufferWriter<byte> frames = new(FrameBytes);
        ChunkReader chunks = new();
        for (int query = 0; query < request.Queries.Count; query++)
        {
            foreach (AlikeSeries alike in Select(context, view, request.Queries[query]))
            {
                series.Begin(alike.Labels);
                using SampleReader samples = new(reader, view, alike.Ids, request.Queries[query]);
                for (bool isMore = true; isMore;)
                {
                    isMore = chunks.TryRead(samples, series);
                    if (series.HasSamples && (!isMore || series.Bytes >= FrameBytes)) series.EndFrame(frames, query);
                    if (frames.WrittenCount < FrameBytes) continue;
                    await context.Response.Body.WriteAsync(frames.WrittenMemory, context.RequestAborted);
                    frames.ResetWrittenCount();
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
            foreach (AlikeSeries alike in Select(context, view, query))
            {
                series.Begin(alike.Labels);
                AddSamples(view, alike.Ids, query, series);
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

    private void AddSamples(SeriesView view, SeriesId[] ids, ReadQuery query, ReadSeries into)
    {
        long[] times = new long[XorChunk.MaxSamples];
        double[] values = new double[XorChunk.MaxSamples];
        FloatHistogram[] histograms = new FloatHistogram[1];
        ArrayBufferWriter<byte> message = new();
        using SampleReader samples = new(reader, view, ids, query);
        while (samples.IsFloatNext || samples.IsHistogramNext)
        {
            int count = samples.Read(times, values);
            for (int i = 0; i < count; i++) into.AddSample(times[i], values[i]);
            if (samples.Read(times.AsSpan(0, 1), histograms) == 0) continue;
            HistogramProto.Write(histograms[0], times[0], message);
            into.AddHistogram(message.WrittenSpan);
        }
    }

    private List<AlikeSeries> Select(HttpContext context, SeriesView view, ReadQuery query) =>
        AlikeSeries.Select(view, SelectionLook.For(context, query.Selector, gate.TimeLimit),
            SampleReader.RangeOf(query, reader.Precision));
}
