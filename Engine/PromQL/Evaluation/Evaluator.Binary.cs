using System.Collections.Generic;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Binary operators of which at least one side is a vector.</summary>
internal sealed partial class Evaluator
{
    private void EvaluateBinary(BinaryExpr binary, StepRange range, ColumnSink to)
    {
        if (binary.Matching is { } matching)
        {
            if (binary.Op.IsSetOperator()) EvaluateSet(binary, matching, range, to);
            else EvaluateMatched(binary, matching, range, to);
            return;
        }
        bool scalarLeft = binary.Left.Kind == ValueKind.Scalar;
        Expr scalar = scalarLeft ? binary.Left : binary.Right, vector = scalarLeft ? binary.Right : binary.Left;
        double[] values = EvaluateScalar(scalar, range);
        bool drops = !binary.Op.IsComparison() || binary.ReturnBool;
        if (drops)
            WithoutNames(vector, to, sink => Evaluate(vector, range,
                new ScalarOperationSink(context, binary, values, scalarLeft, sink)));
        else
            Evaluate(vector, range, new ScalarOperationSink(context, binary, values, scalarLeft, to));
    }

    private void EvaluateSet(BinaryExpr binary, VectorMatching matching, StepRange range, ColumnSink to)
    {
        SetOperation set = new(matching, range.Count);
        if (binary.Op != TokenKind.Or)
        {
            Evaluate(binary.Right, range, set.Remember());
            Evaluate(binary.Left, range, set.Keep(binary.Op == TokenKind.And, to));
            return;
        }
        ColumnTable table = new(context, merges: true);
        Evaluate(binary.Left, range, set.Remember(table));
        Evaluate(binary.Right, range, set.Keep(present: false, table));
        table.Drain(to);
    }

    // The "one" side is collected by its matching labels, the other one flows past it.
    private void EvaluateMatched(BinaryExpr binary, VectorMatching matching, StepRange range, ColumnSink to)
    {
        bool swapped = matching.Cardinality == MatchCardinality.OneToMany;
        MatchedOperation operation = new(context, binary, matching, swapped, range.Count);
        Evaluate(swapped ? binary.Left : binary.Right, range, operation.One);
        Evaluate(swapped ? binary.Right : binary.Left, range, operation.Many);
        operation.Finish(to);
    }
}
