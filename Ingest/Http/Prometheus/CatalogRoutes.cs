using System;
using System.Collections.Generic;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>What series and labels there are: `/api/v1/series`, `/api/v1/labels`, `/api/v1/label/NAME/values`, each
/// with `match[]`, `start`, `end` and `limit` (prometheus.io/docs/prometheus/latest/querying/api/#querying-metadata).
/// </summary>
internal sealed class CatalogRoutes(ISeriesReader reader, ApiGate gate)
{
    private const string Truncated = "results truncated due to limit";

    public IEnumerable<HttpRoute> All()
    {
        HttpRoute values = null!;
        values = new HttpRoute("/api/v1/label/*/values")
        {
            Get = context => Values(context, values.CaptureDecoded(context)),
        };
        return
        [
            new HttpRoute("/api/v1/series") { Get = Series, Post = Series },
            new HttpRoute("/api/v1/labels") { Get = Labels, Post = Labels },
            values,
        ];
    }

    private Task Series(HttpContext context) => Answer(context, needsMatch: true, async (answer, query) =>
    {
        var series = new List<SeriesId>();
        query.View.SelectWithPoints(query.Selector, query.Range, series);
        ILabelSymbols? symbols = query.View.Symbols;
        if (symbols is not null && series.Exists(id => !symbols.IsPlain(id))) symbols = null;
        var seen = new HashSet<string>(StringComparer.Ordinal); // only where series may look alike
        bool isTruncated = false;
        answer.Json.WriteStartArray();
        int written = 0;
        foreach (SeriesId id in series)
        {
            Label[] labels = symbols is null ? query.View.KeyOf(id).ToLabels() : [];
            if (symbols is null && !seen.Add(LookOf(labels))) continue; // looks like one before: one series in PromQL
            isTruncated = written++ == query.Limit;
            if (isTruncated) break;
            if (symbols is null) LabelsJson.Write(answer.Json, labels);
            else LabelsJson.Write(answer.Json, symbols, id);
            await answer.Breathe();
        }
        answer.Json.WriteEndArray();
        return isTruncated;
    });

    private Task Labels(HttpContext context) => Answer(context, needsMatch: false, (answer, query) =>
        WriteTexts(answer, query.View.LabelNames(query.Selector, query.Range), query.Limit));

    private Task Values(HttpContext context, string escaped)
    {
        string name = EscapedName.Read(escaped);
        return Answer(context, needsMatch: false, (answer, query) =>
            WriteTexts(answer, query.View.LabelValues(name, query.Selector, query.Range), query.Limit));
    }

    private async Task Answer(HttpContext context, bool needsMatch, Func<ApiAnswer, CatalogQuery, Task<bool>> write)
    {
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        using StreamedTurn? turn = await gate.TryStream(context);
        if (turn is null) return;
        try
        {
            string? error = needsMatch && parameters["match[]"] is null ? "no match[] parameter provided" : null;
            SeriesSelector? selector = null;
            TimeRange range = default;
            int limit = 0;
            bool isReadable = error is null
                && SelectorParameters.TryReadMatches(parameters, out selector, out error)
                && SelectorParameters.TryReadRange(parameters, reader.Precision, out range, out error)
                && SelectorParameters.TryReadLimit(parameters, "limit", out limit, out error);
            if (!isReadable)
            {
                await ApiAnswer.Error(context, ApiError.BadData, error!);
                return;
            }
            selector = SelectionLook.For(context, selector!, gate.TimeLimit);
            using SeriesView view = reader.OpenView();
            await using ApiAnswer answer = ApiAnswer.Begin(context);
            bool isTruncated = await write(answer, new CatalogQuery(view, selector, range, limit));
            await answer.Finish(isTruncated ? [Truncated] : null);
        }
        catch (OutOfMemoryException) when (!context.Response.HasStarted)
        {
            await ApiAnswer.Error(context, ApiError.Execution, JsonAnswer.TooLarge);
        }
    }

    private static async Task<bool> WriteTexts(ApiAnswer answer, LabelTexts texts, int limit)
    {
        answer.Json.WriteStartArray();
        int count = Math.Min(texts.Count, limit);
        byte[] room = new byte[TextsJson.ChunkBytes];
        for (int next = 0; next < count;)
        {
            next = TextsJson.Write(answer.Json, texts, next, count, room);
            await answer.Breathe();
        }
        answer.Json.WriteEndArray();
        return texts.Count > limit;
    }

    private static string LookOf(Label[] labels)
    {
        StringBuilder look = new();
        foreach (Label label in labels)
            look.Append(label.Name.Length).Append(' ').Append(label.Name).Append(label.Value.Length).Append(' ')
                .Append(label.Value);
        return look.ToString();
    }

    private readonly record struct CatalogQuery(SeriesView View, SeriesSelector Selector, TimeRange Range, int Limit);
}
