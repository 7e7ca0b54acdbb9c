using System;
using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Http.Prometheus;
using Xunit;

namespace Slungd.Tests.Ingest.Http.Prometheus;

public sealed class ResultJsonTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(90)]
    [InlineData(5_000)]
    public void EverySampleOfARangeIsWrittenHoweverLong(int count)
    {
        long[] times = new long[count];
        double[] values = new double[count];
        var histograms = new FloatHistogram?[count];
        var random = new Random(count);
        for (int i = 0; i < count; i++)
        {
            times[i] = (i - 3) * 1_250L;
            values[i] = i % 5 == 0 ? -double.Epsilon * random.Next(1, 9) : random.Next() / 100.0; // of all lengths
            if (i % 7 == 3) histograms[i] = new FloatHistogram();
        }
        JsonElement series = Write(new PromQLSeries(LabelSet.Empty, times, values, histograms));
        JsonElement floats = series.GetProperty("values");
        int next = 0;
        for (int i = 0; i < count; i++)
        {
            if (histograms[i] is not null) continue;
            JsonElement pair = floats[next++];
            Assert.Equal(2, pair.GetArrayLength());
            Assert.Equal(times[i] / 1e3, pair[0].GetDouble());
            Assert.Equal(values[i], double.Parse(pair[1].GetString()!, CultureInfo.InvariantCulture));
        }
        Assert.Equal(next, floats.GetArrayLength());
        Assert.Equal(count > 3, series.TryGetProperty("histograms", out _));
    }

    private static JsonElement Write(PromQLSeries series)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes)) ResultJson.WriteRange(json, series);
        using JsonDocument document = JsonDocument.Parse(bytes.WrittenMemory);
        return document.RootElement.Clone();
    }
}
