using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Ingest.Protocols.RemoteWrite;

namespace Slungd.Ingest.Http;

/// <summary>Turns native histograms as they are sent into the payload that the store keeps.</summary>
internal static class HistogramPayload
{
    /// <summary>Null when PromQL could not use it: an unknown schema, bounds that are not in order, a count below zero.
    /// </summary>
    public static byte[]? Encode(HistogramMessage message)
    {
        FloatHistogram histogram = new()
        {
            Schema = message.Schema, Hint = (CounterResetHint)message.ResetHint, Sum = message.Sum,
            Count = message.Count, ZeroCount = message.ZeroCount, ZeroThreshold = message.ZeroThreshold,
            Bounds = [.. message.Bounds],
        };
        foreach ((int index, double count) in message.Positive) histogram.Positive.Append(index, count);
        foreach ((int index, double count) in message.Negative) histogram.Negative.Append(index, count);
        if (message.Schema is < FloatHistogram.CustomSchema or > FloatHistogram.MaxSchema) return null;
        return Checked(histogram);
    }

    /// <inheritdoc cref="Encode(HistogramMessage)"/>
    public static byte[]? Encode(OtlpHistogram message) => Checked(Read(message));

    /// <summary>Adds a histogram to a payload; null as there, or when the two can't be added. A sum with too many
    /// buckets is made coarser.</summary>
    public static byte[]? Add(OtlpHistogram message, byte[]? before)
    {
        FloatHistogram added = Read(message);
        if (before is null) return Checked(added);
        if (!HistogramCodec.TryDecode(before, out FloatHistogram sum)) return null;
        if (sum.Add(added) != HistogramMerge.Done) return null;
        while (sum.Positive.Length + sum.Negative.Length > OtlpHistogram.MaxBuckets) sum.ToSchema(sum.Schema - 1);
        return Checked(sum);
    }

    private static FloatHistogram Read(OtlpHistogram message)
    {
        FloatHistogram histogram = new()
        {
            Schema = message.Schema, Sum = message.Sum, Count = message.Count, ZeroCount = message.ZeroCount,
            ZeroThreshold = message.ZeroThreshold,
        };
        foreach ((int index, double count) in message.Positive) histogram.Positive.Append(index, count);
        foreach ((int index, double count) in message.Negative) histogram.Negative.Append(index, count);
        return histogram.TakeIntoZero();
    }

    private static byte[]? Checked(FloatHistogram histogram)
    {
        byte[] payload = HistogramCodec.Encode(histogram);
        return HistogramCodec.TryDecode(payload, out _) ? payload : null; // its checks are the ones that count
    }
}
