using System;
using System.Runtime.CompilerServices;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Query;

/// <summary>What one op has seen of one window (or of the whole range) of one group. Which fields mean something is the
/// op's business: a bucket is used with one op for all its life.
/// <para>48 bytes: an answer may hold a million.</para>
/// <para>Stale markers of Prometheus are no values: every op passes over them. Any other NaN counts, poisons AVG and
/// SUM, and never wins MIN or MAX.</para></summary>
internal struct Bucket
{
    /// <summary>The bits of the NaN by which Prometheus says that a series has ended.</summary>
    public const ulong StaleMarker = 0x7ff0000000000002;

    private const int ConvertedAtOnce = 256;

    /// <summary>The window's first timestamp.</summary>
    public long Start;

    /// <summary>How many points took part.</summary>
    public long Count;

    private double _value; // the sum, the extreme, or the first or last number
    private long _rest; // the bits of what rounding took from the sum, or when the first or last value was
    private PayloadValue? _payload; // the first or last value of a text or bytes series
    private SeriesId _owner; // the series of the first or last value

    private double Low
    {
        readonly get => BitConverter.Int64BitsToDouble(_rest);
        set => _rest = BitConverter.DoubleToInt64Bits(value);
    }

    public Bucket(long start)
    {
        Start = start;
    }

    /// <summary>What the op answers: null without points, but 0 for COUNT.</summary>
    public readonly QueryValue Answer(QueryOp op)
    {
        if (op == QueryOp.Count) return QueryValue.Of(Count);
        if (Count == 0) return QueryValue.Null;
        return op switch
        {
            QueryOp.Sum => QueryValue.Of(_value + Low),
            QueryOp.Avg => QueryValue.Of((_value + Low) / Count),
            QueryOp.Min or QueryOp.Max => QueryValue.Of(_value),
            _ => _payload is null ? QueryValue.Of(_value) : new QueryValue(_payload.Family, 0, _payload.Bytes),
        };
    }

    /// <summary>Adds one number, as a live query does. Of equal timestamps the later arrival is first and
    /// last.</summary>
    public void Add(QueryOp op, long timestamp, double value)
    {
        switch (op)
        {
            case QueryOp.Sum or QueryOp.Avg:
                AddToSum(value, 0);
                break;
            case QueryOp.Min or QueryOp.Max:
                AddExtreme(op, value);
                break;
            case QueryOp.First when Count == 0 || timestamp <= _rest:
            case QueryOp.Last when Count == 0 || timestamp >= _rest:
                _rest = timestamp;
                _value = value;
                break;
        }
        Count++;
    }

    /// <summary>Adds the points of a numeric series, ascending in time.</summary>
    /// <param name="op">This bucket's op.</param>
    /// <param name="source">The series.</param>
    /// <param name="timestamps">Not empty.</param>
    /// <param name="values">As many bits.</param>
    public void AddPoints(QueryOp op, in BucketSource source, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values)
    {
        ValueFamily family = source.Family;
        if (op is QueryOp.First or QueryOp.Last) AddEnd(op, in source, timestamps, values);
        else if (op == QueryOp.Count) Count += Living(family, values);
        else if (family == ValueFamily.Float) AddNumbers(op, Reinterpret.AsDoubles(values));
        else AddConverted(op, family, values);
    }

    /// <summary>Adds the sum of a block to SUM or AVG.</summary>
    public void AddSum(long count, double sum)
    {
        AddToSum(sum, 0);
        Count += count;
    }

    /// <summary>Adds a whole block by its summary; false when it holds NaN and must be read instead, since only the
    /// points tell stale markers from others.</summary>
    public bool TryAddSummary(QueryOp op, in BucketSource source, in BlockSummary summary)
    {
        if (source.Family == ValueFamily.Float && double.IsNaN(summary.Sum)) return false;
        switch (op)
        {
            case QueryOp.Sum or QueryOp.Avg:
                AddToSum(summary.Sum, summary.SumLow);
                break;
            case QueryOp.Min:
                AddExtreme(op, summary.Min);
                break;
            case QueryOp.Max:
                AddExtreme(op, summary.Max);
                break;
            case QueryOp.First:
                Offer(op, in source, summary.FirstTimestamp, summary.First);
                break;
            case QueryOp.Last:
                Offer(op, in source, summary.LastTimestamp, summary.Last);
                break;
        }
        Count += summary.Count;
        return true;
    }

    /// <summary>Adds points of a text or bytes series to COUNT, FIRST or LAST.</summary>
    /// <param name="op">COUNT, FIRST or LAST.</param>
    /// <param name="source">The series.</param>
    /// <param name="cursor">Stands on the block.</param>
    /// <param name="first">Index of the first point in the block.</param>
    /// <param name="count">How many; above 0.</param>
    public void AddPayloads(QueryOp op, in BucketSource source, SeriesCursor cursor, int first, int count)
    {
        int index = op == QueryOp.First ? first : first + count - 1;
        if (op != QueryOp.Count && IsBetter(op, in source, cursor.Timestamps[index]))
        {
            _rest = cursor.Timestamps[index];
            _payload = new PayloadValue(source.Family, cursor.PayloadAt(index).ToArray());
            _owner = source.Series;
        }
        Count += count;
    }

    private void AddNumbers(QueryOp op, ReadOnlySpan<double> values)
    {
        if (op is QueryOp.Min or QueryOp.Max)
        {
            FloatAggregate all = FloatAggregate.Empty;
            Kernels.Aggregate(values, ref all);
            AddExtreme(op, op == QueryOp.Min ? all.Min : all.Max);
            // One pass tells also whether there can be stale markers.
            Count += double.IsNaN(all.Sum) ? Living(ValueFamily.Float, Reinterpret.AsUInt64(values)) : values.Length;
            return;
        }
        double sum = _value, low = Low;
        Kernels.Sum(values, ref sum, ref low);
        if (double.IsNaN(sum))
        {
            AddLivingToSum(values);
            return;
        }
        _value = sum;
        Low = low;
        Count += values.Length;
    }

    /// <summary>The slow way around stale markers; other NaN poison the sum as they should.</summary>
    private void AddLivingToSum(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (BitConverter.DoubleToUInt64Bits(value) == StaleMarker) continue;
            AddToSum(value, 0);
            Count++;
        }
    }

    [SkipLocalsInit]
    private void AddConverted(QueryOp op, ValueFamily family, ReadOnlySpan<ulong> values)
    {
        Span<double> numbers = stackalloc double[ConvertedAtOnce];
        while (!values.IsEmpty)
        {
            int count = Math.Min(values.Length, ConvertedAtOnce);
            if (family == ValueFamily.Int) Kernels.ToDoubles(Reinterpret.AsInt64(values[..count]), numbers[..count]);
            else Kernels.ToDoubles(values[..count], numbers[..count]);
            AddNumbers(op, numbers[..count]);
            values = values[count..];
        }
    }

    private void AddEnd(QueryOp op, in BucketSource source, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        ValueFamily family = source.Family;
        long living = Living(family, values);
        if (living == 0) return;
        int index = op == QueryOp.First ? 0 : values.Length - 1;
        int step = op == QueryOp.First ? 1 : -1;
        while (family == ValueFamily.Float && values[index] == StaleMarker) index += step;
        Offer(op, in source, timestamps[index], family.ToDouble(values[index]));
        Count += living;
    }

    private void Offer(QueryOp op, in BucketSource source, long timestamp, double value)
    {
        if (!IsBetter(op, in source, timestamp)) return;
        _rest = timestamp;
        _value = value;
        _payload = null;
        _owner = source.Series;
    }

    /// <summary>Of equal timestamps FIRST takes the series whose key sorts first, and LAST the one that sorts last: the
    /// first and the last row of RAW.</summary>
    private readonly bool IsBetter(QueryOp op, in BucketSource source, long timestamp)
    {
        if (Count == 0) return true;
        int order = timestamp.CompareTo(_rest);
        if (order == 0) order = source.Keys.Compare(source.Series, _owner);
        return op == QueryOp.First ? order < 0 : order > 0;
    }

    private void AddExtreme(QueryOp op, double value)
    {
        if (Count == 0) _value = double.NaN;
        _value = op == QueryOp.Min ? FloatAggregate.LeastOf(_value, value) : FloatAggregate.GreatestOf(_value, value);
    }

    private void AddToSum(double sum, double low)
    {
        FloatAggregate total = new() { Sum = _value, SumLow = Low };
        total.AddToSum(sum, low);
        _value = total.Sum;
        Low = total.SumLow;
    }

    private sealed record PayloadValue(ValueFamily Family, byte[] Bytes);

    private static long Living(ValueFamily family, ReadOnlySpan<ulong> values) =>
        family == ValueFamily.Float ? values.Length - values.Count(StaleMarker) : values.Length;
}
