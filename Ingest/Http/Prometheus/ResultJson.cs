using System;
using System.Collections.Generic;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>The answers of PromQL in Prometheus' JSON
/// (prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats).</summary>
internal static class ResultJson
{
    private const int MaxPairBytes = 32 + SampleText.MaxBytes;

    public static ReadOnlySpan<byte> NameOf(PromQLResultKind kind) => kind switch
    {
        PromQLResultKind.Scalar => "scalar"u8,
        PromQLResultKind.Vector => "vector"u8,
        PromQLResultKind.Matrix => "matrix"u8,
        _ => "string"u8,
    };

    /// <summary>`[time, "value"]`</summary>
    public static void WritePair(Utf8JsonWriter json, long time, double value)
    {
        Span<byte> text = stackalloc byte[MaxPairBytes];
        json.WriteRawValue(text[..(Pair(time, value, text) - 1)], skipInputValidation: true);
    }

    /// <summary>`[time, "value"]` of a scalar, which has no exponent, unlike samples.</summary>
    public static void WriteScalar(Utf8JsonWriter json, long time, double value)
    {
        Span<byte> text = stackalloc byte[SampleText.MaxBytes + 2];
        json.WriteStartArray();
        WriteTime(json, time);
        int length = SampleText.WritePlain(value, text[1..]);
        text[0] = text[length + 1] = (byte)'"'; // nothing in it needs an escape
        json.WriteRawValue(text[..(length + 2)], skipInputValidation: true);
        json.WriteEndArray();
    }

    /// <summary>`[time, "text"]`</summary>
    public static void WritePair(Utf8JsonWriter json, long time, string text)
    {
        json.WriteStartArray();
        WriteTime(json, time);
        json.WriteStringValue(text);
        json.WriteEndArray();
    }

    /// <summary>A series of a vector: its metric and its only sample, at the query's time.</summary>
    public static void WriteInstant(Utf8JsonWriter json, PromQLSeries series)
    {
        json.WriteStartObject();
        WriteMetric(json, series);
        if (series.Histograms?[0] is { } histogram)
        {
            json.WritePropertyName("histogram"u8);
            WritePair(json, series.Times[0], histogram);
        }
        else
        {
            json.WritePropertyName("value"u8);
            WritePair(json, series.Times[0], series.Values[0]);
        }
        json.WriteEndObject();
    }

    /// <summary>A series of a matrix: floats and histograms apart.</summary>
    public static void WriteRange(Utf8JsonWriter json, PromQLSeries series)
    {
        int histograms = 0;
        foreach (FloatHistogram? histogram in series.Histograms ?? []) histograms += histogram is null ? 0 : 1;
        json.WriteStartObject();
        WriteMetric(json, series);
        if (histograms < series.Times.Length)
        {
            json.WriteStartArray("values"u8);
            WriteFloats(json, series);
            json.WriteEndArray();
        }
        if (histograms > 0)
        {
            json.WriteStartArray("histograms"u8);
            for (int i = 0; i < series.Times.Length; i++)
                if (series.Histograms![i] is { } histogram) WritePair(json, series.Times[i], histogram);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>By the kilobyte: a call of the writer costs more than a pair.</summary>
    private static void WriteFloats(Utf8JsonWriter json, PromQLSeries series)
    {
        Span<byte> room = stackalloc byte[4 * 1024];
        int used = 0;
        for (int i = 0; i < series.Times.Length; i++)
        {
            if (series.Histograms?[i] is not null) continue;
            if (room.Length - used < MaxPairBytes)
            {
                json.WriteRawValue(room[..(used - 1)], skipInputValidation: true); // with a comma before it where due
                used = 0;
            }
            used += Pair(series.Times[i], series.Values[i], room[used..]);
        }
        json.WriteRawValue(room[..(used - 1)], skipInputValidation: true);
    }

    /// <summary>`[time,"value"],`</summary>
    private static int Pair(long time, double value, Span<byte> into)
    {
        into[0] = (byte)'[';
        int at = 1 + SampleText.WriteTime(time, into[1..]);
        ",\""u8.CopyTo(into[at..]);
        at += 2;
        at += SampleText.WriteValue(value, into[at..]); // nothing in it needs an escape
        "\"],"u8.CopyTo(into[at..]);
        return at + 3;
    }

    private static void WriteMetric(Utf8JsonWriter json, PromQLSeries series)
    {
        json.WriteStartObject("metric"u8);
        foreach (Label label in series.Labels.Labels) json.WriteString(label.Name, label.Value);
        json.WriteEndObject();
    }

    /// <summary>`[time, {"count":"..","sum":"..","buckets":[[rule,"lower","upper","count"],..]}]`, empty buckets left
    /// out. The rule says which bounds are inside: 0 the upper, 1 the lower, 3 both.</summary>
    private static void WritePair(Utf8JsonWriter json, long time, FloatHistogram histogram)
    {
        json.WriteStartArray();
        WriteTime(json, time);
        json.WriteStartObject();
        json.WritePropertyName("count"u8);
        WriteValue(json, histogram.Count);
        json.WritePropertyName("sum"u8);
        WriteValue(json, histogram.Sum);
        List<HistogramBucket> buckets = [];
        histogram.AllBuckets(buckets);
        bool isBegun = false;
        foreach (HistogramBucket bucket in buckets)
        {
            if (bucket.Count == 0) continue;
            if (!isBegun) json.WriteStartArray("buckets"u8);
            isBegun = true;
            json.WriteStartArray();
            json.WriteNumberValue(bucket.Lower == -bucket.Upper ? 3 : bucket.Upper <= 0 ? 1 : 0);
            WriteValue(json, bucket.Lower);
            WriteValue(json, bucket.Upper);
            WriteValue(json, bucket.Count);
            json.WriteEndArray();
        }
        if (isBegun) json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>Seconds.</summary>
    public static void WriteTime(Utf8JsonWriter json, long milliseconds)
    {
        Span<byte> text = stackalloc byte[32];
        json.WriteRawValue(text[..SampleText.WriteTime(milliseconds, text)], skipInputValidation: true);
    }

    /// <summary>`"value"`</summary>
    public static void WriteValue(Utf8JsonWriter json, double value)
    {
        Span<byte> text = stackalloc byte[SampleText.MaxBytes + 2];
        int length = SampleText.WriteValue(value, text[1..]);
        text[0] = text[length + 1] = (byte)'"'; // nothing in it needs an escape
        json.WriteRawValue(text[..(length + 2)], skipInputValidation: true);
    }
}
