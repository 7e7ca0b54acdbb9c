using System;
using System.Collections.Generic;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>An exponential histogram as a native histogram of Prometheus: bucket i of scale s there is bucket i + 1 of
/// schema s here; a finer scale than schemas have is made coarser. Reused; one thread.</summary>
internal sealed class OtlpHistogram
{
    /// <summary>Populated buckets of both sides; SDKs keep to 160.</summary>
    public const int MaxBuckets = 1_024;

    private const int MinSchema = -4;
    private const int MaxSchema = 8;

    /// <summary>All finite floats but zero lie between 2^-1074 and 2^1024; one bucket more is for infinity.</summary>
    private const int MinExponent = -1_074;
    private const int MaxExponent = 1_024;

    /// <summary>Where the zero bucket ends when the sender does not say; as small as Prometheus' clients have it.
    /// </summary>
    private const double SmallThreshold = 1e-128;

    /// <summary>-4 to 8.</summary>
    public int Schema { get; private set; }

    public double Count { get; set; }

    /// <summary>The stale marker: the series has ended.</summary>
    public double Sum { get; set; }

    public double ZeroCount { get; set; }

    public double ZeroThreshold { get; private set; }

    /// <summary>What all buckets but that of zero hold.</summary>
    public UInt128 Populated { get; private set; }

    /// <summary>Why it can't be stored; null when it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>Bucket indexes, ascending, with their counts.</summary>
    public List<(int Index, double Count)> Positive { get; } = [];

    /// <inheritdoc cref="Positive"/>
    public List<(int Index, double Count)> Negative { get; } = [];

    /// <summary>A histogram without observations.</summary>
    public void Clear()
    {
        (Schema, Count, Sum, ZeroCount, ZeroThreshold) = (0, 0, 0, 0, SmallThreshold);
        (Populated, Problem) = (0, null);
        Positive.Clear();
        Negative.Clear();
    }

    /// <summary>Takes scale and buckets; whether they can be stored says <see cref="Problem"/>.</summary>
    /// <param name="scale">Of the sender.</param>
    /// <param name="zeroThreshold">0: not said.</param>
    /// <param name="positive">The message `{ 1 sint32 offset, 2 repeated uint64 counts }`.</param>
    /// <param name="negative">The same.</param>
    /// <returns>False when a message is malformed.</returns>
    public bool TryRead(long scale, double zeroThreshold, ReadOnlySpan<byte> positive, ReadOnlySpan<byte> negative)
    {
        if (zeroThreshold > 0 && double.IsFinite(zeroThreshold)) ZeroThreshold = zeroThreshold;
        Schema = (int)Math.Clamp(scale, MinSchema, MaxSchema);
        if (scale is < MinSchema or > MaxSchema + 32) Problem = "expected a scale of -4 or finer, at most 40";
        int shift = Problem is null ? (int)scale - Schema : 0;
        return TryReadSide(positive, shift, Positive) && TryReadSide(negative, shift, Negative);
    }

    private bool TryReadSide(ReadOnlySpan<byte> side, int shift, List<(int Index, double Count)> into)
    {
        long index = 0;
        var fields = new ProtoReader(side);
        while (fields.MoveNext())
            if (fields is { Field: 1, IsVarint: true }) index = (int)fields.Signed;
        if (fields.IsMalformed) return false;
        fields = new ProtoReader(side);
        while (fields.MoveNext())
        {
            if (fields.Field != 2) continue;
            if (fields.IsVarint)
            {
                Add((index++ >> shift) + 1, fields.Number, into);
                continue;
            }
            for (int at = 0; at < fields.Bytes.Length; index++)
            {
                if (!Varint.TryRead(fields.Bytes, ref at, out ulong count)) return false;
                Add((index >> shift) + 1, count, into);
            }
        }
        return true;
    }

    private void Add(long index, ulong count, List<(int Index, double Count)> into)
    {
        if (count == 0 || Problem is not null) return;
        if (index < ScaledUp(MinExponent) || index > ScaledUp(MaxExponent) + 1)
        {
            Problem = "a bucket lies beyond what floats hold";
            return;
        }
        Populated += count;
        if (into.Count > 0 && into[^1].Index == index) into[^1] = ((int)index, into[^1].Count + count);
        else if (Positive.Count + Negative.Count < MaxBuckets) into.Add(((int)index, count));
        else Problem = $"expected at most {MaxBuckets} buckets with observations";
    }

    /// <summary>The bucket of the schema that ends at a power of two.</summary>
    private int ScaledUp(int exponent) => Schema >= 0 ? exponent << Schema : exponent >> -Schema;
}
