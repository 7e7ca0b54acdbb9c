using System;
using System.Collections.Generic;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The running values of one group of an aggregation at all steps (Prometheus, promql/engine.go).</summary>
internal sealed class AggregateGroup
{
    private readonly TokenKind _op;
    private readonly TextRange _position;
    private readonly Annotator _annotations;
    private readonly double[] _counts; // of floats; for count, group and avg of all
    private readonly double[] _values;
    private readonly double[] _seconds; // the low part of sums, the mean of variances
    private readonly ulong[] _incremental; // where an average no longer keeps a sum, but a mean
    private HistogramSums? _histograms;
    private List<double>?[]? _lists;

    public AggregateGroup(LabelSet labels, AggregateExpr aggregate, int steps, Annotator annotations)
    {
        Labels = labels;
        _op = aggregate.Op;
        _position = aggregate.Operand.Position;
        _annotations = annotations;
        _counts = new double[steps];
        _values = new double[steps];
        _seconds = new double[steps];
        if (_op == TokenKind.Sum) _values.AsSpan().Fill(-0.0); // so that a sum of minus zeros is one
        _incremental = new ulong[(steps + 63) / 64];
        if (_op == TokenKind.Quantile) _lists = new List<double>?[steps];
    }

    public LabelSet Labels { get; }

    public bool DropName { get; set; }

    public void Add(LabelSet labels, StepColumn column)
    {
        if (_op == TokenKind.Sum && column.Histograms is null && column.IsFull)
        {
            AddUp(column.Values);
            return;
        }
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            if (column.Histograms is not null && column.HistogramAt(step) is { } histogram)
                AddHistogram(labels, step, histogram);
            else
                AddFloat(step, column.Values[step]);
        }
    }

    public void Finish(StepColumn into, double[] quantiles)
    {
        for (int step = 0; step < _counts.Length; step++)
        {
            double count = _counts[step];
            if (_histograms is not null && _histograms.Finish(step, count > 0, into)) continue;
            if (count > 0) into.Set(step, Result(step, count, quantiles));
        }
    }

    private double Result(int step, double count, double[] quantiles) => _op switch
    {
        TokenKind.Sum => _values[step] + _seconds[step],
        TokenKind.Avg when IsIncremental(step) => _values[step] + _seconds[step],
        TokenKind.Avg => _values[step] / count + _seconds[step] / count,
        TokenKind.Count => count,
        TokenKind.Group => 1,
        TokenKind.Stdvar => _values[step] / count,
        TokenKind.Stddev => Math.Sqrt(_values[step] / count),
        TokenKind.Quantile => Quantiles.Of(quantiles[step], _lists![step]!.ToArray()),
        _ => _values[step],
    };

    private void AddUp(ReadOnlySpan<double> values)
    {
        Span<double> counts = _counts.AsSpan(0, values.Length), sums = _values.AsSpan(0, values.Length);
        Span<double> lows = _seconds.AsSpan(0, values.Length);
        for (int step = 0; step < values.Length; step++)
        {
            counts[step]++;
            KahanSum.Add(values[step], ref sums[step], ref lows[step]);
        }
    }

    private void AddFloat(int step, double value)
    {
        double count = ++_counts[step];
        ref double kept = ref _values[step];
        switch (_op)
        {
            case TokenKind.Sum:
                KahanSum.Add(value, ref kept, ref _seconds[step]);
                break;
            case TokenKind.Avg:
                AddToAverage(step, value, count);
                break;
            case TokenKind.Min:
                if (count == 1 || value < kept || double.IsNaN(kept)) kept = value;
                break;
            case TokenKind.Max:
                if (count == 1 || value > kept || double.IsNaN(kept)) kept = value;
                break;
            case TokenKind.Stddev or TokenKind.Stdvar:
                if (count == 1)
                {
                    _seconds[step] = value;
                    kept = double.IsFinite(value) ? 0 : double.NaN;
                    break;
                }
                double delta = value - _seconds[step];
                _seconds[step] += delta / count;
                kept += delta * (value - _seconds[step]);
                break;
            case TokenKind.Quantile:
                (_lists![step] ??= []).Add(value);
                break;
        }
    }

    // The sum, as long as it does not overflow; from there on the mean, one value after the other.
    private void AddToAverage(int step, double value, double count)
    {
        ref double kept = ref _values[step];
        ref double low = ref _seconds[step];
        if (!IsIncremental(step))
        {
            double sum = kept, sumLow = low;
            if (count == 1) sum = value;
            else KahanSum.Add(value, ref sum, ref sumLow);
            if (count == 1 || !double.IsInfinity(sum))
            {
                (kept, low) = (sum, sumLow);
                return;
            }
            _incremental[step >> 6] |= 1ul << step;
            kept /= count - 1;
            low /= count - 1;
        }
        double q = (count - 1) / count;
        kept *= q;
        low *= q;
        KahanSum.Add(value / count, ref kept, ref low);
    }

    private bool IsIncremental(int step) => (_incremental[step >> 6] >> step & 1) != 0;

    private void AddHistogram(LabelSet labels, int step, FloatHistogram histogram)
    {
        if (_op is TokenKind.Count or TokenKind.Group)
        {
            _counts[step]++;
        }
        else if (_op is TokenKind.Sum or TokenKind.Avg)
        {
            _histograms ??= new HistogramSums(_counts.Length, _op == TokenKind.Avg, _annotations, _position);
            _histograms.Add(labels, step, histogram);
        }
        else
        {
            _annotations.HistogramIgnoredInAggregation(_op.Text(), _position);
        }
    }
}
