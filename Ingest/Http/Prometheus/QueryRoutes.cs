using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>`/api/v1/query` and `/api/v1/query_range`
/// (prometheus.io/docs/prometheus/latest/querying/api/#expression-queries).</summary>
/// <param name="engine">Evaluates.</param>
/// <param name="gate">Lets few in at once.</param>
/// <param name="clock">For queries without a time.</param>
/// <param name="defaults">Everything that requests do not say.</param>
internal sealed class QueryRoutes(PromQLEngine engine, ApiGate gate, TimeProvider clock, PromQLOptions defaults)
{
    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/api/v1/query") { Get = Instant, Post = Instant },
        new HttpRoute("/api/v1/query_range") { Get = Range, Post = Range },
    ];

    private async Task Instant(HttpContext context)
    {
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        long time = Precision.Milliseconds.Now(clock);
        string? error = null;
        bool isReadable = TryReadTime(parameters, "time", isNeeded: false, ref time, ref error)
            & TryReadOptions(context, parameters, out PromQLOptions options, out int limit, ref error);
        if (isReadable)
            await Answer(context, parameters, limit, options, (text, own) => engine.Instant(text, time, own));
        else await ApiAnswer.Error(context, ApiError.BadData, error!);
    }

    private async Task Range(HttpContext context)
    {
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        long start = 0, end = 0, step = 0;
        string? error = null;
        bool isReadable = TryReadTime(parameters, "start", isNeeded: true, ref start, ref error)
            & TryReadTime(parameters, "end", isNeeded: true, ref end, ref error)
            & TryReadDuration(parameters, "step", isNeeded: true, ref step, ref error)
            & TryReadOptions(context, parameters, out PromQLOptions options, out int limit, ref error);
        if (isReadable && end < start)
            await ApiAnswer.Error(context, ApiError.BadData,
                "invalid parameter \"end\": end timestamp must not be before start time");
        else if (isReadable)
            await Answer(context, parameters, limit, options,
                (text, own) => engine.Range(text, start, end, step, own));
        else await ApiAnswer.Error(context, ApiError.BadData, error!);
    }

    private async Task Answer(HttpContext context, RequestParameters parameters, int limit, PromQLOptions options,
        Func<string, PromQLOptions, PromQLResult> evaluate)
    {
        long asked = clock.GetTimestamp();
        if (!await gate.TryEnter(context, options.TimeLimit)) return;
        TimeSpan waited = clock.GetElapsedTime(asked);
        string query = parameters["query"] ?? "";
        PromQLResult result;
        try { result = evaluate(query, options with { TimeLimit = Rest(options.TimeLimit, waited) }); }
        catch (OutOfMemoryException)
        {
            result = new PromQLResult { Status = PromQLStatus.TooLarge, Error = JsonAnswer.TooLarge };
        }
        finally { gate.Leave(); }
        if (result.Statistics is { } statistics) result.Statistics = statistics with { Waiting = waited };
        if (result.Status == PromQLStatus.Done) await Write(context, query, parameters["stats"], limit, result);
        else if (result.Status == PromQLStatus.BadQuery)
            await ApiAnswer.Error(context, ApiError.BadData, $"invalid parameter \"query\": {result.Error}");
        else await ApiAnswer.Error(context, ErrorOf(result.Status), result.Error!);
    }

    /// <summary>Above zero, which would be no limit.</summary>
    private static TimeSpan Rest(TimeSpan limit, TimeSpan waited) =>
        waited < limit ? limit - waited : TimeSpan.FromTicks(1);

    private static ApiError ErrorOf(PromQLStatus status) => status switch
    {
        PromQLStatus.BadTimes => ApiError.BadData,
        PromQLStatus.TimedOut => ApiError.Timeout,
        PromQLStatus.Cancelled => ApiError.Canceled,
        PromQLStatus.Busy => ApiError.TooMany,
        _ => ApiError.Execution,
    };

    private static async Task Write(HttpContext context, string query, string? stats, int limit, PromQLResult result)
    {
        List<string> warnings = [], infos = [];
        foreach (PromQLAnnotation annotation in result.Annotations)
            (annotation.IsWarning ? warnings : infos).Add(annotation.In(query));
        await using ApiAnswer answer = ApiAnswer.Begin(context);
        Utf8JsonWriter json = answer.Json;
        json.WriteStartObject();
        json.WriteString("resultType"u8, ResultJson.NameOf(result.Kind));
        json.WritePropertyName("result"u8);
        if (result.Kind == PromQLResultKind.Scalar) ResultJson.WriteScalar(json, result.Time, result.Scalar);
        else if (result.Kind == PromQLResultKind.Text) ResultJson.WritePair(json, result.Time, result.Text);
        else
        {
            json.WriteStartArray();
            for (int i = 0; i < result.Series.Count && i < limit; i++)
            {
                if (result.Kind == PromQLResultKind.Vector) ResultJson.WriteInstant(json, result.Series[i]);
                else ResultJson.WriteRange(json, result.Series[i]);
                await answer.Breathe();
            }
            json.WriteEndArray();
            if (result.Series.Count > limit) warnings.Add("results truncated due to limit");
        }
        if (result.Statistics is { } statistics) StatisticsJson.Write(json, statistics, perStep: stats == "all");
        json.WriteEndObject();
        await answer.Finish(warnings, infos);
    }

    private bool TryReadOptions(HttpContext context, RequestParameters parameters, out PromQLOptions options,
        out int limit, ref string? error)
    {
        long timeout = (long)defaults.TimeLimit.TotalMilliseconds, lookback = defaults.Lookback;
        bool isReadable = TryReadDuration(parameters, "timeout", isNeeded: false, ref timeout, ref error)
            & TryReadDuration(parameters, "lookback_delta", isNeeded: false, ref lookback, ref error);
        if (!SelectorParameters.TryReadLimit(parameters, "limit", out limit, out string? wrong))
        {
            error ??= wrong;
            isReadable = false;
        }
        options = defaults with
        {
            Lookback = lookback,
            TimeLimit = TimeSpan.FromMilliseconds(Math.Min(timeout, defaults.TimeLimit.TotalMilliseconds)),
            WantsStatistics = !string.IsNullOrEmpty(parameters["stats"]),
            Cancellation = context.RequestAborted,
        };
        return isReadable;
    }

    private static bool TryReadTime(RequestParameters parameters, string name, bool isNeeded, ref long time,
        ref string? error)
    {
        string text = parameters[name] ?? "";
        if (text.Length == 0 && !isNeeded) return true;
        if (!PrometheusTime.TryParse(text, Precision.Microseconds, roundUp: false, out long microseconds))
        {
            error ??= PrometheusTime.ErrorOf(name, text);
            return false;
        }
        (time, long rest) = Math.DivRem(microseconds, 1000);
        time += rest >= 500 ? 1 : rest <= -500 ? -1 : 0; // to the nearest millisecond, as Prometheus does
        return true;
    }

    /// <summary>Reads seconds, or a duration with units, above zero, as milliseconds.</summary>
    private static bool TryReadDuration(RequestParameters parameters, string name, bool isNeeded, ref long duration,
        ref string? error)
    {
        string text = parameters[name] ?? "";
        if (text.Length == 0 && !isNeeded) return true;
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds);
        if (isNumber && seconds * 1000 is > 0 and < long.MaxValue) duration = (long)Math.Ceiling(seconds * 1000);
        else if (isNumber || !DurationText.TryParse(text, out duration, out _) || duration <= 0)
        {
            error ??= $"invalid parameter \"{name}\": cannot parse \"{text}\" to a valid duration: expected seconds "
                + "above 0, as 15 or 0.5, or a duration, as 1m30s";
            return false;
        }
        return true;
    }
}
