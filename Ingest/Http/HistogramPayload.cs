using Slungd.Engine.PromQL.Histograms;
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
        byte[] payload = HistogramCodec.Encode(histogram);
        return HistogramCodec.TryDecode(payload, out _) ? payload : null; // its checks are the ones that count
    }
}
