using System;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>A binary operator on two elements of vectors, of which any may be a histogram.</summary>
internal sealed class ElementOperation(QueryContext context, BinaryExpr binary)
{
    private readonly TokenKind _op = binary.Op;

    /// <summary>Computes one element.</summary>
    /// <param name="left">The left float.</param>
    /// <param name="leftHistogram">The left histogram, or null.</param>
    /// <param name="right">The right float.</param>
    /// <param name="rightHistogram">The right histogram, or null.</param>
    /// <param name="value">The resulting float; of a comparison the left one.</param>
    /// <param name="histogram">The resulting histogram, or null.</param>
    /// <param name="keep">Whether a comparison is true.</param>
    /// <returns>False, with an annotation, when the operator does not fit the two.</returns>
    public bool TryApply(double left, FloatHistogram? leftHistogram, double right, FloatHistogram? rightHistogram,
        out double value, out FloatHistogram? histogram, out bool keep)
    {
        histogram = null;
        keep = true;
        value = left;
        if (leftHistogram is null && rightHistogram is null)
        {
            if (_op.IsComparison()) keep = ScalarOperation.Holds(_op, left, right);
            else value = ScalarOperation.Apply(_op, left, right);
            return true;
        }
        switch (_op)
        {
            case TokenKind.Mul when leftHistogram is null:
                histogram = rightHistogram!.Copy().Multiply(left).Compact();
                return true;
            case TokenKind.Mul when rightHistogram is null:
                histogram = leftHistogram!.Copy().Multiply(right).Compact();
                return true;
            case TokenKind.Div when leftHistogram is not null && rightHistogram is null:
                histogram = leftHistogram.Copy().Divide(right).Compact();
                return true;
            case TokenKind.Add or TokenKind.Sub when leftHistogram is not null && rightHistogram is not null:
                histogram = Merge(leftHistogram, rightHistogram);
                return histogram is not null;
            case TokenKind.Equal or TokenKind.NotEqual when leftHistogram is not null && rightHistogram is not null:
                histogram = leftHistogram;
                keep = leftHistogram.SameAs(rightHistogram) == (_op == TokenKind.Equal);
                return true;
        }
        context.Annotations.IncompatibleTypes(leftHistogram is null ? "float" : "histogram", _op.Text(),
            rightHistogram is null ? "float" : "histogram", binary.Position);
        return false;
    }

    private FloatHistogram? Merge(FloatHistogram left, FloatHistogram right)
    {
        FloatHistogram result = left.Copy();
        HistogramMerge merge = _op == TokenKind.Add ? result.Add(right) : result.Subtract(right);
        if (merge == HistogramMerge.Done)
        {
            if (_op == TokenKind.Sub) result.Hint = CounterResetHint.Gauge;
            return result.Compact();
        }
        context.Annotations.IncompatibleBuckets(_op.Text(), binary.Position);
        return null;
    }
}
