using System;
using System.Text.Json;
using Slungd.Engine.PromQL;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>What a query cost, as Prometheus' API tells it (util/stats/query_stats.go of 3.5): times in seconds,
/// samples in all and, when asked for, at each step.</summary>
internal static class StatisticsJson
{
    public static void Write(Utf8JsonWriter json, PromQLStatistics statistics, bool perStep)
    {
        TimeSpan evaluation = statistics.Preparing + statistics.Evaluating + statistics.Sorting;
        json.WriteStartObject("stats"u8);
        json.WriteStartObject("timings"u8);
        json.WriteNumber("evalTotalTime"u8, evaluation.TotalSeconds);
        json.WriteNumber("resultSortTime"u8, statistics.Sorting.TotalSeconds);
        json.WriteNumber("queryPreparationTime"u8, statistics.Preparing.TotalSeconds);
        json.WriteNumber("innerEvalTime"u8, statistics.Evaluating.TotalSeconds);
        json.WriteNumber("execQueueTime"u8, statistics.Waiting.TotalSeconds);
        json.WriteNumber("execTotalTime"u8, (statistics.Waiting + evaluation).TotalSeconds);
        json.WriteEndObject();
        json.WriteStartObject("samples"u8);
        if (perStep) WriteSteps(json, statistics);
        long total = 0;
        foreach (long count in statistics.SamplesOfSteps) total += count;
        json.WriteNumber("totalQueryableSamples"u8, total);
        json.WriteNumber("peakSamples"u8, statistics.SamplesHeld);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSteps(Utf8JsonWriter json, PromQLStatistics statistics)
    {
        json.WriteStartArray("totalQueryableSamplesPerStep"u8);
        long[] counts = statistics.SamplesOfSteps;
        for (int step = 0; step < counts.Length; step++)
        {
            json.WriteStartArray();
            json.WriteNumberValue((statistics.Start + step * statistics.Step) / 1000.0);
            json.WriteNumberValue(counts[step]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
