using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Histograms;

/// <summary>A native histogram with counts as floats (https://prometheus.io/docs/specs/native_histograms/). Schemas
/// -4 to 8 have exponential buckets on both sides of a zero bucket; schema -53 has custom bounds and no negative
/// side.</summary>
internal sealed partial class FloatHistogram
{
    public const int MinSchema = -4;
    public const int MaxSchema = 8;
    public const int CustomSchema = -53;

    public int Schema { get; set; }

    public CounterResetHint Hint { get; set; }

    /// <summary>The zero bucket holds the values from -threshold to +threshold.</summary>
    public double ZeroThreshold { get; set; }

    public double ZeroCount { get; set; }

    /// <summary>Of all observations, NaN ones included, which are in no bucket.</summary>
    public double Count { get; set; }

    public double Sum { get; set; }

    public BucketList Positive { get; private set; } = new();

    public BucketList Negative { get; private set; } = new();

    /// <summary>The upper bounds of custom buckets, ascending; the last bucket goes to infinity. Never changed.
    /// </summary>
    public double[] Bounds { get; set; } = [];

    public bool IsCustom => Schema == CustomSchema;

    public FloatHistogram Copy() => new()
    {
        Schema = Schema,
        Hint = Hint,
        ZeroThreshold = ZeroThreshold,
        ZeroCount = ZeroCount,
        Count = Count,
        Sum = Sum,
        Positive = Positive.Copy(),
        Negative = Negative.Copy(),
        Bounds = Bounds,
    };

    /// <summary>The upper bound of a bucket of the positive side.</summary>
    public double UpperOf(int index) => !IsCustom ? BucketBounds.UpperOf(index, Schema)
        : index < 0 ? double.NegativeInfinity
        : index < Bounds.Length ? Bounds[index] : double.PositiveInfinity;

    /// <summary>A bucket of the positive side, or with <paramref name="negative"/> of the other one.</summary>
    public HistogramBucket BucketAt(int index, double count, bool negative = false)
    {
        double lower = UpperOf(index - 1), upper = UpperOf(index);
        return negative ? new HistogramBucket(-upper, -lower, count) : new HistogramBucket(lower, upper, count);
    }

    /// <summary>All buckets from the lowest to the highest; those beside the zero bucket are cut to its threshold.
    /// </summary>
    public void AllBuckets(List<HistogramBucket> into)
    {
        for (int i = Negative.Length - 1; i >= 0; i--)
        {
            HistogramBucket bucket = BucketAt(Negative.Indexes[i], Negative.Counts[i], negative: true);
            bool cut = bucket.Upper < 0 && bucket.Upper > -ZeroThreshold;
            into.Add(cut ? bucket with { Upper = -ZeroThreshold } : bucket);
        }
        if (ZeroCount > 0) into.Add(new HistogramBucket(-ZeroThreshold, ZeroThreshold, ZeroCount));
        for (int i = 0; i < Positive.Length; i++)
        {
            HistogramBucket bucket = BucketAt(Positive.Indexes[i], Positive.Counts[i]);
            bool cut = bucket.Lower > 0 && bucket.Lower < ZeroThreshold;
            into.Add(cut ? bucket with { Lower = ZeroThreshold } : bucket);
        }
    }

    /// <summary>The same buckets, whatever their counts.</summary>
    public bool HasLayoutOf(FloatHistogram other) =>
        Schema == other.Schema && ZeroThreshold == other.ZeroThreshold && SameBounds(other) &&
        Positive.Indexes.SequenceEqual(other.Positive.Indexes) &&
        Negative.Indexes.SequenceEqual(other.Negative.Indexes);

    /// <summary>The same data, bit by bit. Hints don't count.</summary>
    public bool SameAs(FloatHistogram other) =>
        Schema == other.Schema && SameBits(Count, other.Count) && SameBits(Sum, other.Sum) &&
        SameBounds(other) && ZeroThreshold == other.ZeroThreshold && SameBits(ZeroCount, other.ZeroCount) &&
        Negative.SameAs(other.Negative) && Positive.SameAs(other.Positive);

    /// <summary>`{count:3, sum:4, (0.5,1]:3}`</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append("{count:").Append(NumberText.FormatShort(Count));
        text.Append(", sum:").Append(NumberText.FormatShort(Sum));
        for (int i = Negative.Length - 1; i >= 0; i--)
            if (Negative.Counts[i] != 0) text.Append(", ").Append(BucketAt(Negative.Indexes[i], Negative.Counts[i],
                true));
        if (ZeroCount != 0) text.Append(", ").Append(new HistogramBucket(-ZeroThreshold, ZeroThreshold, ZeroCount));
        for (int i = 0; i < Positive.Length; i++)
            if (Positive.Counts[i] != 0) text.Append(", ").Append(BucketAt(Positive.Indexes[i], Positive.Counts[i]));
        return text.Append('}').ToString();
    }

    private bool SameBounds(FloatHistogram other)
    {
        if (Bounds.Length != other.Bounds.Length) return false;
        for (int i = 0; i < Bounds.Length; i++)
            if (!SameBits(Bounds[i], other.Bounds[i])) return false;
        return true;
    }

    private static bool SameBits(double a, double b) =>
        BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);
}
