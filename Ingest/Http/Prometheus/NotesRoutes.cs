using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>`/api/v1/metadata` and `/api/v1/query_exemplars`: what is known beside the points. Also
/// `/api/v1/format_query` and `/api/v1/parse_query`, which need nothing but the text.</summary>
internal sealed class NotesRoutes(ISeriesReader reader, ApiGate gate, MetadataStore metadata, ExemplarStore exemplars)
{
    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/api/v1/metadata") { Get = Metadata },
        new HttpRoute("/api/v1/query_exemplars") { Get = Exemplars, Post = Exemplars },
        new HttpRoute("/api/v1/format_query") { Get = Format, Post = Format },
        new HttpRoute("/api/v1/parse_query") { Get = Parse, Post = Parse },
    ];

    private async Task Metadata(HttpContext context)
    {
        RequestParameters parameters = RequestParameters.OfUrl(context.Request);
        if (!TryReadNumber(parameters, "limit", out int limit) ||
            !TryReadNumber(parameters, "limit_per_metric", out int limitOfEach))
        {
            await ApiAnswer.Error(context, ApiError.BadData, "limit must be a number");
            return;
        }
        if (limitOfEach == 0) limit = 0; // there is one of each
        string? metric = parameters["metric"] is { Length: > 0 } name ? name : null;
        List<(string Family, MetricMetadata Metadata)> found = [];
        metadata.Read(found, metric, limit);
        await using ApiAnswer answer = ApiAnswer.Begin(context);
        answer.Json.WriteStartObject();
        foreach ((string family, MetricMetadata known) in found)
        {
            answer.Json.WriteStartArray(family);
            answer.Json.WriteStartObject();
            answer.Json.WriteString("type"u8, known.Type.ToText());
            answer.Json.WriteString("help"u8, known.Help);
            answer.Json.WriteString("unit"u8, known.Unit);
            answer.Json.WriteEndObject();
            answer.Json.WriteEndArray();
            await answer.Breathe();
        }
        answer.Json.WriteEndObject();
        await answer.Finish();
    }

    /// <summary>Unlike other limits a 0 here means none at all, and a number below no limit.</summary>
    private static bool TryReadNumber(RequestParameters parameters, string name, out int number)
    {
        number = int.MaxValue;
        if (parameters[name] is not { Length: > 0 } text) return true;
        bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        if (number < 0) number = int.MaxValue;
        return isNumber;
    }

    private async Task Exemplars(HttpContext context)
    {
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        using StreamedTurn? turn = await gate.TryStream(context);
        if (turn is null) return;
        if (TryReadSelectors(parameters["query"] ?? "", out List<VectorSelector> selectors, out string? error) &&
            SelectorParameters.TryReadRange(parameters, reader.Precision, out TimeRange range, out error))
            await WriteExemplars(context, Find(selectors, range));
        else
            await ApiAnswer.Error(context, ApiError.BadData, error!);
    }

    private static bool TryReadSelectors(string query, out List<VectorSelector> selectors, out string? error)
    {
        selectors = [];
        error = null;
        if (!Parser.TryParse(query, ParserOptions.Everything, out Expr? parsed, out SyntaxError wrong))
        {
            error = $"invalid parameter \"query\": {wrong.In(query)}";
            return false;
        }
        Selectors.Collect(parsed, selectors);
        return true;
    }

    /// <summary>By series, in the order of their first ones.</summary>
    private Dictionary<byte[], List<Exemplar>> Find(List<VectorSelector> selectors, TimeRange range)
    {
        Dictionary<byte[], List<Exemplar>> found = new(BytesComparer.Instance);
        Dictionary<byte[], bool> known = new(BytesComparer.Instance);
        foreach (Exemplar exemplar in exemplars.Read(range))
        {
            if (!known.TryGetValue(exemplar.Series, out bool isMeant))
                known[exemplar.Series] = isMeant = IsMeant(exemplar.Series, selectors);
            if (!isMeant) continue;
            if (!found.TryGetValue(exemplar.Series, out List<Exemplar>? ofSeries))
                found[exemplar.Series] = ofSeries = [];
            ofSeries.Add(exemplar);
        }
        return found;
    }

    private static bool IsMeant(byte[] series, List<VectorSelector> selectors)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach ((string name, string value) in Exemplar.Read(series)) labels[name] = value;
        foreach (VectorSelector selector in selectors)
            if (Array.TrueForAll(selector.Matchers, matcher => Matches(matcher, labels))) return true;
        return false;
    }

    private static bool Matches(LabelMatcher matcher, Dictionary<string, string> labels) =>
        matcher.Matches(System.Text.Encoding.UTF8.GetBytes(labels.GetValueOrDefault(matcher.Name, "")));

    private async Task WriteExemplars(HttpContext context, Dictionary<byte[], List<Exemplar>> found)
    {
        await using ApiAnswer answer = ApiAnswer.Begin(context);
        answer.Json.WriteStartArray();
        foreach ((byte[] series, List<Exemplar> ofSeries) in found)
        {
            answer.Json.WriteStartObject();
            answer.Json.WritePropertyName("seriesLabels"u8);
            LabelsJson.Write(answer.Json, Exemplar.Read(series));
            answer.Json.WriteStartArray("exemplars"u8);
            foreach (Exemplar exemplar in ofSeries)
            {
                answer.Json.WriteStartObject();
                answer.Json.WritePropertyName("labels"u8);
                LabelsJson.Write(answer.Json, Exemplar.Read(exemplar.Labels));
                answer.Json.WritePropertyName("value"u8);
                ResultJson.WriteValue(answer.Json, exemplar.Value);
                answer.Json.WritePropertyName("timestamp"u8);
                Precision.Milliseconds.TryConvert(exemplar.Timestamp, reader.Precision, out long milliseconds);
                ResultJson.WriteTime(answer.Json, milliseconds);
                answer.Json.WriteEndObject();
            }
            answer.Json.WriteEndArray();
            answer.Json.WriteEndObject();
            await answer.Breathe();
        }
        answer.Json.WriteEndArray();
        await answer.Finish();
    }

    private static Task Format(HttpContext context) =>
        Answer(context, static (json, query) => json.WriteStringValue(PrettyPrinter.Print(query)));

    private static Task Parse(HttpContext context) => Answer(context, QueryTreeJson.Write);

    private static async Task Answer(HttpContext context, Action<Utf8JsonWriter, Expr> write)
    {
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        string query = parameters["query"] ?? "";
        if (!Parser.TryParse(query, ParserOptions.Everything, out Expr? parsed, out SyntaxError wrong))
        {
            await ApiAnswer.Error(context, ApiError.BadData, $"invalid parameter \"query\": {wrong.In(query)}");
            return;
        }
        await ApiAnswer.Send(context, json => write(json, parsed));
    }
}
