namespace Slungd.Engine.PromQL.Histograms;

/// <summary>Sums and factors; all change the histogram they are called on.</summary>
internal sealed partial class FloatHistogram
{
    public FloatHistogram Multiply(double factor)
    {
        ZeroCount *= factor;
        Count *= factor;
        Sum *= factor;
        Positive.Multiply(factor);
        Negative.Multiply(factor);
        if (factor < 0) Hint = CounterResetHint.Gauge;
        return this;
    }

    /// <summary>Division by zero leaves no buckets.</summary>
    public FloatHistogram Divide(double divisor)
    {
        ZeroCount /= divisor;
        Count /= divisor;
        Sum /= divisor;
        if (divisor == 0)
        {
            Positive.Clear();
            Negative.Clear();
        }
        Positive.Divide(divisor);
        Negative.Divide(divisor);
        if (divisor < 0) Hint = CounterResetHint.Gauge;
        return this;
    }

    /// <summary>Forgets empty buckets.</summary>
    public FloatHistogram Compact()
    {
        Positive.Compact();
        Negative.Compact();
        return this;
    }

    public HistogramMerge Add(FloatHistogram other)
    {
        HistogramMerge merge = Merge(other, subtract: false);
        if (merge == HistogramMerge.Done) Hint = HintOfSum(Hint, other.Hint);
        return merge;
    }

    public HistogramMerge Subtract(FloatHistogram other) => Merge(other, subtract: true);

    /// <summary>The same histogram at a lower resolution; custom buckets stay as they are.</summary>
    public FloatHistogram ToSchema(int schema)
    {
        if (schema == Schema || IsCustom) return this;
        Positive = Positive.Coarser(Schema - schema);
        Negative = Negative.Coarser(Schema - schema);
        Schema = schema;
        return this;
    }

    /// <summary>Buckets that lie within the zero bucket become part of it.</summary>
    public FloatHistogram TakeIntoZero()
    {
        ZeroCount += TakeInside(Positive) + TakeInside(Negative);
        return Compact();
    }

    private double TakeInside(BucketList side)
    {
        double count = 0;
        for (int i = 0; i < side.Length && UpperOf(side.Indexes[i]) <= ZeroThreshold; i++)
        {
            count += side.Counts[i];
            side.Counts[i] = 0;
        }
        return count;
    }

    private static CounterResetHint HintOfSum(CounterResetHint a, CounterResetHint b) =>
        a == b ? a : a == CounterResetHint.Gauge || b == CounterResetHint.Gauge ? CounterResetHint.Gauge
        : CounterResetHint.Unknown;

    private HistogramMerge Merge(FloatHistogram other, bool subtract)
    {
        if (IsCustom != other.IsCustom) return HistogramMerge.MixedSchemas;
        if (IsCustom && !SameBounds(other)) return HistogramMerge.DifferentBounds;
        if (!IsCustom)
        {
            double zeroCount = ReconcileZero(other);
            ZeroCount = subtract ? ZeroCount - zeroCount : ZeroCount + zeroCount;
        }
        Count = subtract ? Count - other.Count : Count + other.Count;
        Sum = subtract ? Sum - other.Sum : Sum + other.Sum;
        BucketList positive = other.Positive, negative = other.Negative;
        if (other.Schema < Schema)
        {
            ToSchema(other.Schema);
        }
        else if (other.Schema > Schema)
        {
            positive = positive.Coarser(other.Schema - Schema);
            negative = negative.Coarser(other.Schema - Schema);
        }
        Positive = Positive.Plus(positive, subtract, FirstOutsideZero(positive));
        Negative = Negative.Plus(negative, subtract, FirstOutsideZero(negative));
        return HistogramMerge.Done;
    }

    // The first bucket of a side that does not lie within the zero bucket.
    private int FirstOutsideZero(BucketList side)
    {
        if (IsCustom || ZeroThreshold == 0) return int.MinValue;
        foreach (int index in side.Indexes)
            if (UpperOf(index) > ZeroThreshold) return index;
        return int.MaxValue;
    }

    // Widens the zero bucket of this histogram until it covers that of the other one and cuts no populated bucket of
    // either. The result is what the other's zero bucket would hold with that width.
    private double ReconcileZero(FloatHistogram other)
    {
        double zeroCount = other.ZeroCount, threshold = other.ZeroThreshold;
        while (threshold != ZeroThreshold)
        {
            if (ZeroThreshold > threshold)
                zeroCount = other.ZeroCountFor(ZeroThreshold, out threshold);
            if (threshold > ZeroThreshold)
            {
                ZeroCount = ZeroCountFor(threshold, out double own);
                ZeroThreshold = own;
                ClearInsideZero(Positive);
                ClearInsideZero(Negative);
                Compact();
            }
        }
        return zeroCount;
    }

    private void ClearInsideZero(BucketList side)
    {
        for (int i = 0; i < side.Length && UpperOf(side.Indexes[i] - 1) < ZeroThreshold; i++) side.Counts[i] = 0;
    }

    /// <summary>What the zero bucket would hold with a larger threshold; where that lies inside a populated bucket it
    /// grows to that bucket's end.</summary>
    private double ZeroCountFor(double threshold, out double grown)
    {
        grown = threshold;
        if (threshold == ZeroThreshold) return ZeroCount;
        while (true)
        {
            double count = ZeroCount + CountInside(Positive, ref threshold, out _);
            count += CountInside(Negative, ref threshold, out bool grew);
            if (grew) continue; // what was counted on the positive side no longer holds
            grown = threshold;
            return count;
        }
    }

    private double CountInside(BucketList side, ref double threshold, out bool grew)
    {
        double count = 0;
        grew = false;
        for (int i = 0; i < side.Length; i++)
        {
            if (UpperOf(side.Indexes[i] - 1) >= threshold) break;
            count += side.Counts[i];
            double upper = UpperOf(side.Indexes[i]);
            if (upper <= threshold) continue;
            if (side.Counts[i] != 0)
            {
                threshold = upper;
                grew = true;
            }
            break;
        }
        return count;
    }
}
