using System;
using System.Runtime.CompilerServices;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Query;

/// <summary>What one op has seen of one window (or of the whole range) of one group. Which fields mean something is the
/// op's business: a bucket is used with one op for all its life.
/// <para>40 bytes: an answer may hold a million.</para>
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

    /// <summary>Adds the points of a numeric series, ascending in time. Series come in the order of their
    /// keys.</summary>
    /// <param name="op">This bucket's op.</param>
    /// <param name="family">The series' family; numeric.</param>
    /// <param name="timestamps">Not empty.</param>
    /// <param name="values">As many bits.</param>
    public void AddPoints(QueryOp op, ValueFamily family, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        if (op is QueryOp.First or QueryOp.Last) AddEnd(op, family, timestamps, values);
        else if (op == QueryOp.Count) Count += Living(family, values);
        else if (family == ValueFamily.Float) AddNumbers(op, Reinterpret.AsDoubles(values));
        else AddConverted(op, family, values);
    }

    /// <summary>Adds a whole block by its summary; false when it holds NaN and must be read instead, since only the
    /// points tell stale markers from others.</summary>
    public bool TryAddSummary(QueryOp op, ValueFamily family, in BlockSummary summary)
    {
        if (family == ValueFamily.Float && double.IsNaN(summary.Sum)) return false;
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
                Offer(op, summary.FirstTimestamp, summary.First);
                break;
            case QueryOp.Last:
                Offer(op, summary.LastTimestamp, summary.Last);
                break;
        }
        Count += summary.Count;
        return true;
    }

    /// <summary>Adds points of a text or bytes series to COUNT, FIRST or LAST.</summary>
    /// <param name="op">COUNT, FIRST or LAST.</param>
    /// <param name="cursor">Stands on the block.</param>
    /// <param name="first">Index of the first point in the block.</param>
    /// <param name="count">How many; above 0.</param>
    public void AddPayloads(QueryOp op, SeriesCursor cursor, int first, int count)
    {
        int index = op == QueryOp.First ? first : first + count - 1;
        if (op != QueryOp.Count && IsBetter(op, cursor.Timestamps[index]))
        {
            _rest = cursor.Timestamps[index];
            _payload = new PayloadValue(cursor.Family, cursor.PayloadAt(index).ToArray());
        }
        Count += count;
    }

    private void AddNumbers(QueryOp op, ReadOnlySpan<double> values)
    {
        switch (op)
        {
            case QueryOp.Min:
                AddExtreme(op, Kernels.Min(values));
                Count += Living(ValueFamily.Float, Reinterpret.AsUInt64(values));
                return;
            case QueryOp.Max:
                AddExtreme(op, Kernels.Max(values));
                Count += Living(ValueFamily.Float, Reinterpret.AsUInt64(values));
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

    private void AddEnd(QueryOp op, ValueFamily family, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        long living = Living(family, values);
        if (living == 0) return;
        int index = op == QueryOp.First ? 0 : values.Length - 1;
        int step = op == QueryOp.First ? 1 : -1;
        while (family == ValueFamily.Float && values[index] == StaleMarker) index += step;
        Offer(op, timestamps[index], family.ToDouble(values[index]));
        Count += living;
    }

    private void Offer(QueryOp op, long timestamp, double value)
    {
        if (!IsBetter(op, timestamp)) return;
        _rest = timestamp;
        _value = value;
        _payload = null;
    }

    /// <summary>Of equal timestamps FIRST takes the series whose key sorts first, and LAST the one that sorts last: the
    /// first and the last row of RAW.</summary>
    private readonly bool IsBetter(QueryOp op, long timestamp) =>
        Count == 0 || (op == QueryOp.First ? timestamp < _rest : timestamp >= _rest);

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
