using System;
using System.Collections.Generic;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>An exponential histogram as a native histogram of Prometheus: bucket i of scale s there is bucket i + 1 of
/// schema s here; a finer scale than schemas have is made coarser. Reused; one thread.</summary>
internal sealed class OtlpHistogram
{
    /// <summary>Populated buckets of one side; SDKs keep to 160.</summary>
    private const int MaxBuckets = 4_096;

    private const int MinSchema = -4;
    private const int MaxSchema = 8;

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

    /// <summary>Bucket indexes, ascending, with their counts; an index may stand several times.</summary>
    public List<(int Index, double Count)> Positive { get; } = [];

    /// <inheritdoc cref="Positive"/>
    public List<(int Index, double Count)> Negative { get; } = [];

    /// <summary>A histogram without observations.</summary>
    public void Clear()
    {
        (Schema, Count, Sum, ZeroCount, ZeroThreshold) = (0, 0, 0, 0, SmallThreshold);
        Positive.Clear();
        Negative.Clear();
    }

    /// <summary>Takes scale and buckets.</summary>
    /// <param name="scale">Of the sender.</param>
    /// <param name="zeroThreshold">0: not said.</param>
    /// <param name="positive">The message `{ 1 sint32 offset, 2 repeated uint64 counts }`.</param>
    /// <param name="negative">The same.</param>
    /// <param name="fits">Native histograms can say it.</param>
    /// <returns>False when a message is malformed.</returns>
    public bool TryRead(long scale, double zeroThreshold, ReadOnlySpan<byte> positive, ReadOnlySpan<byte> negative,
        out bool fits)
    {
        if (zeroThreshold > 0 && double.IsFinite(zeroThreshold)) ZeroThreshold = zeroThreshold;
        fits = scale is >= MinSchema and <= MaxSchema + 32;
        Schema = (int)Math.Clamp(scale, MinSchema, MaxSchema);
        int shift = fits ? (int)scale - Schema : 0;
        return TryReadSide(positive, shift, Positive, ref fits) && TryReadSide(negative, shift, Negative, ref fits);
    }

    private static bool TryReadSide(ReadOnlySpan<byte> side, int shift, List<(int Index, double Count)> into,
        ref bool fits)
    {
        long index = 0;
        var fields = new ProtoReader(side);
        while (fields.MoveNext())
            if (fields.Field == 1) index = (int)fields.Signed;
        if (fields.IsMalformed) return false;
        fields = new ProtoReader(side);
        while (fields.MoveNext())
        {
            if (fields.Field != 2) continue;
            if (!fields.IsBytes)
            {
                Add(index++, fields.Number, shift, into, ref fits);
                continue;
            }
            for (int at = 0; at < fields.Bytes.Length; index++)
            {
                if (!Varint.TryRead(fields.Bytes, ref at, out ulong count)) return false;
                if (count != 0) Add(index, count, shift, into, ref fits);
            }
        }
        return true;
    }

    private static void Add(long index, ulong count, int shift, List<(int Index, double Count)> into, ref bool fits)
    {
        if (count == 0) return;
        index = (index >> shift) + 1;
        fits &= into.Count < MaxBuckets && index is >= int.MinValue / 2 and <= int.MaxValue / 2;
        if (fits) into.Add(((int)index, count));
    }
}
