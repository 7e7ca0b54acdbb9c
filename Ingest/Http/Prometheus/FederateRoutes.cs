using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>`/federate?match[]=..`: the newest samples of the last five minutes in the text format, for another
/// Prometheus to scrape (prometheus.io/docs/prometheus/latest/federation).</summary>
internal sealed class FederateRoutes(ISeriesReader reader, ApiGate gate, TimeProvider clock)
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private const string Instance = "instance";
    private const ulong StaleMarker = 0x7ff0000000000002;
    private const int ChunkBytes = 32 * 1024;
    private static readonly SearchValues<char> s_escaped = SearchValues.Create("\\\"\n");
    private static readonly SearchValues<char> s_nameSigns = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:");

    public IEnumerable<HttpRoute> All() => [new HttpRoute("/federate") { Get = Federate }];

    private async Task Federate(HttpContext context)
    {
        RequestParameters parameters = RequestParameters.OfUrl(context.Request);
        if (!SelectorParameters.TryReadMatches(parameters, out SeriesSelector? selector, out string? error) ||
            parameters["match[]"] is null)
        {
            await ApiAnswer.Error(context, ApiError.BadData, error ?? "expected at least one match[]");
            return;
        }
        using StreamedTurn? turn = await gate.TryStream(context);
        if (turn is not null) await Write(context, SelectionLook.For(context, selector, gate.TimeLimit));
    }

    private async Task Write(HttpContext context, SeriesSelector selector)
    {
        long now = reader.Precision.Now(clock);
        TimeRange range = new(now - 300 * reader.Precision.PerSecond() + 1, now);
        using SeriesView view = reader.OpenView();
        List<AlikeSeries> found = AlikeSeries.Select(view, selector, range);
        found.Sort(static (a, b) => // a family together
        {
            int order = string.CompareOrdinal(NameOf(a.Labels), NameOf(b.Labels));
            return order != 0 ? order : SeriesLabels.Compare(a.Labels, b.Labels);
        });

        context.Response.ContentType = ContentType;
        context.Response.Headers.Append("Vary", "Accept-Encoding");
        bool isPacked = JsonAnswer.TakesGzip(context.Request);
        if (isPacked) context.Response.Headers.ContentEncoding = "gzip";
        Stream body = HttpMethods.IsHead(context.Request.Method) ? Stream.Null
            : isPacked ? new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true)
            : context.Response.Body;
        ArrayBufferWriter<byte> text = new();
        SeriesCursor? cursor = null;
        string? family = null;
        foreach (AlikeSeries series in found)
        {
            if (!TryReadLast(view, series, range, ref cursor, out long timestamp, out double value))
                continue;
            string name = NameOf(series.Labels);
            if (name != family) Add(text, $"# TYPE {Quoted(name)} untyped\n");
            family = name;
            Precision.Milliseconds.TryConvert(timestamp, reader.Precision, out long milliseconds);
            WriteSample(text, name, series.Labels, milliseconds, value);
            if (text.WrittenCount < ChunkBytes) continue;
            await body.WriteAsync(text.WrittenMemory, context.RequestAborted);
            text.ResetWrittenCount();
        }
        cursor?.Dispose();
        await body.WriteAsync(text.WrittenMemory, context.RequestAborted);
        if (body is GZipStream) await body.DisposeAsync();
    }

    /// <summary>The newest number of the series, unless it says that they have ended or a histogram came later: the
    /// text format can't show one.</summary>
    private static bool TryReadLast(SeriesView view, AlikeSeries series, TimeRange range, ref SeriesCursor? cursor,
        out long timestamp, out double value)
    {
        (timestamp, value) = (long.MinValue, 0);
        bool isShown = false;
        foreach (SeriesId id in series.Ids)
        {
            bool isNumeric = view.FamilyOf(id).IsNumeric();
            cursor = view.Open(id, range, acceptSummaries: false, cursor);
            while (cursor.MoveNext())
            {
                if (cursor.Timestamps[^1] < timestamp) continue;
                timestamp = cursor.Timestamps[^1];
                isShown = isNumeric && cursor.Values[^1] != StaleMarker;
                if (isShown) value = cursor.Family.ToDouble(cursor.Values[^1]);
            }
        }
        return isShown;
    }

    private static void WriteSample(ArrayBufferWriter<byte> text, string name, Label[] labels, long milliseconds,
        double value)
    {
        StringBuilder line = new();
        bool isPlain = IsPlain(name);
        if (isPlain) line.Append(name);
        line.Append('{');
        if (!isPlain) line.Append(Quoted(name)).Append(',');
        foreach (Label label in labels)
        {
            if (label.Name == SeriesLabels.Name) continue;
            line.Append(label.Name.Contains(':', StringComparison.Ordinal) ? Escaped(label.Name) : Quoted(label.Name));
            line.Append('=').Append(Escaped(label.Value)).Append(',');
        }
        // So that a scraper with honor_labels does not put its own there, as for series that it scrapes itself.
        if (Array.FindIndex(labels, static label => label.Name == Instance) < 0) line.Append(Instance).Append("=\"\",");
        line.Length--;
        line.Append("} ");
        Add(text, line.ToString());
        Span<byte> number = text.GetSpan(SampleText.MaxBytes);
        text.Advance(SampleText.WriteValue(value, number));
        Add(text, string.Create(CultureInfo.InvariantCulture, $" {milliseconds}\n"));
    }

    private static string NameOf(Label[] labels)
    {
        foreach (Label label in labels)
            if (label.Name == SeriesLabels.Name) return label.Value;
        return "";
    }

    private static bool IsPlain(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(s_nameSigns);

    /// <summary>In quotes where the format wants them.</summary>
    private static string Quoted(string name) => IsPlain(name) ? name : Escaped(name);

    private static string Escaped(string value)
    {
        if (value.AsSpan().ContainsAny(s_escaped))
            value = value.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return '"' + value + '"';
    }

    private static void Add(ArrayBufferWriter<byte> text, string line) => Encoding.UTF8.GetBytes(line, text);
}
