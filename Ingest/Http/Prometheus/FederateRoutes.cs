using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
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
        if (!await gate.TryEnter(context)) return;
        try { await Write(context, selector); }
        finally { gate.Leave(); }
    }

    private async Task Write(HttpContext context, SeriesSelector selector)
    {
        long now = reader.Precision.Now(clock);
        TimeRange range = new(now - 300 * reader.Precision.PerSecond() + 1, now);
        using SeriesView view = reader.OpenView();
        List<SeriesId> found = [];
        view.SelectWithPoints(selector, range, found);
        List<Label[]> labels = found.ConvertAll(id => view.KeyOf(id).ToLabels());
        int[] order = new int[found.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (a, b) => string.CompareOrdinal(NameOf(labels[a]), NameOf(labels[b]))); // a family together

        context.Response.ContentType = ContentType;
        ArrayBufferWriter<byte> text = new();
        SeriesCursor? cursor = null;
        string? family = null;
        foreach (int i in order)
        {
            if (!view.FamilyOf(found[i]).IsNumeric()) continue;
            cursor = view.Open(found[i], range, acceptSummaries: false, cursor);
            if (!TryReadLast(cursor, out long timestamp, out double value)) continue;
            string name = NameOf(labels[i]);
            if (name != family) Add(text, $"# TYPE {Quoted(name)} untyped\n");
            family = name;
            Precision.Milliseconds.TryConvert(timestamp, reader.Precision, out long milliseconds);
            WriteSample(text, name, labels[i], milliseconds, value);
            if (text.WrittenCount < ChunkBytes) continue;
            await context.Response.Body.WriteAsync(text.WrittenMemory, context.RequestAborted);
            text.ResetWrittenCount();
        }
        cursor?.Dispose();
        await context.Response.Body.WriteAsync(text.WrittenMemory, context.RequestAborted);
    }

    private static bool TryReadLast(SeriesCursor cursor, out long timestamp, out double value)
    {
        (timestamp, value) = (0, 0);
        ulong bits = StaleMarker;
        while (cursor.MoveNext()) (timestamp, bits) = (cursor.Timestamps[^1], cursor.Values[^1]);
        value = cursor.Family.ToDouble(bits);
        return bits != StaleMarker;
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
        if (line[^1] == ',') line.Length--;
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
