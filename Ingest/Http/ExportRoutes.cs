using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Ingest.Protocols.RemoteRead;

namespace Slungd.Ingest.Http;

/// <summary>`GET /api/v1/export?match[]=..&amp;start=..&amp;end=..`: numeric series as JSON lines, which `POST
/// /api/v1/import` takes back (see <see cref="Protocols.MetricLines.MetricLineDecoder"/>). Streamed; a long series
/// takes several lines. One with times that are finer in the store ends with <see cref="RoundedMark"/>: they are
/// rounded down, and of several points inside one millisecond the last is there.</summary>
internal sealed class ExportRoutes(ISeriesReader reader, ApiGate gate)
{
    private const int SamplesPerLine = 10_000;
    private const string ContentType = "application/stream+json";

    /// <summary>How a line with rounded times ends. A text can't: its quotes are escaped.</summary>
    public static ReadOnlySpan<byte> RoundedMark => ",\"rounded\":true}\n"u8;

    public IEnumerable<HttpRoute> All() => [new HttpRoute("/api/v1/export") { Get = Export, Post = Export }];

    private async Task Export(HttpContext context)
    {
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        string? error = parameters["match[]"] is null ? "expected at least one match[]" : null;
        SeriesSelector? selector = null;
        TimeRange range = default;
        bool isReadable = error is null && SelectorParameters.TryReadMatches(parameters, out selector, out error)
            && SelectorParameters.TryReadRange(parameters, Precision.Milliseconds, out range, out error);
        if (!isReadable)
        {
            await ApiAnswer.Error(context, ApiError.BadData, error!);
            return;
        }
        using StreamedTurn? turn = await gate.TryStream(context);
        if (turn is null) return;
        selector = SelectionLook.For(context, selector!, gate.TimeLimit);
        await Send(context, new ReadQuery(range.Start, range.End, selector));
    }

    private async Task Send(HttpContext context, ReadQuery query)
    {
        context.Response.ContentType = ContentType;
        context.Response.Headers.Append("Vary", "Accept-Encoding");
        Stream body = HttpMethods.IsHead(context.Request.Method) ? Stream.Null : context.Response.Body;
        if (body != Stream.Null && JsonAnswer.TakesGzip(context.Request))
        {
            context.Response.Headers.ContentEncoding = "gzip";
            body = new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true);
        }
        // Ends first: it flushes once more.
        await using (Utf8JsonWriter json = new(body, QueryJson.WriterOptions))
            await WriteLines(json, body, query, context.RequestAborted);
        if (body is GZipStream) await body.DisposeAsync();
    }

    private async Task WriteLines(Utf8JsonWriter json, Stream body, ReadQuery query, CancellationToken cancellation)
    {
        using SeriesView view = reader.OpenView();
        List<SeriesId> ids = [];
        view.SelectWithPoints(query.Selector, SampleReader.RangeOf(query, reader.Precision), ids);
        long[] times = new long[SamplesPerLine];
        double[] values = new double[SamplesPerLine];
        ids.RemoveAll(id => !view.FamilyOf(id).IsNumeric());
        Dictionary<SeriesId, SeriesId[]> alike = AlikeSeries.Find(view, ids);
        foreach (SeriesId id in ids)
        {
            SeriesId[] all = alike.GetValueOrDefault(id, [id]);
            Label[] labels = view.KeyOf(id).ToLabels();
            using SampleReader samples = new(reader, view, all, query);
            for (int count = SamplesPerLine; count == SamplesPerLine;)
            {
                count = samples.Read(times, values);
                if (count == 0) break;
                Write(json, labels, times.AsSpan(0, count), values.AsSpan(0, count),
                    samples.WasRounded);
                await json.FlushAsync(cancellation);
                json.Reset();
                await body.WriteAsync("\n"u8.ToArray(), cancellation);
            }
        }
    }

    private static void Write(Utf8JsonWriter json, Label[] labels, ReadOnlySpan<long> times,
        ReadOnlySpan<double> values, bool areRounded)
    {
        json.WriteStartObject();
        json.WritePropertyName("metric"u8);
        LabelsJson.Write(json, labels);
        json.WriteStartArray("values"u8);
        Span<byte> text = stackalloc byte[SampleText.MaxBytes];
        foreach (double value in values)
        {
            if (double.IsNaN(value)) json.WriteNullValue();
            else if (double.IsInfinity(value)) json.WriteStringValue(value > 0 ? "Infinity"u8 : "-Infinity"u8);
            else json.WriteRawValue(text[..SampleText.WriteValue(value, text)], skipInputValidation: true);
        }
        json.WriteEndArray();
        json.WriteStartArray("timestamps"u8);
        foreach (long time in times) json.WriteNumberValue(time);
        json.WriteEndArray();
        if (areRounded) json.WriteBoolean("rounded"u8, true);
        json.WriteEndObject();
    }
}
