using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Finds the selectors of a query.</summary>
internal static class Selectors
{
    /// <summary>Adds every selector below a node, range selectors by the one inside; bounded by the parser's depth.
    /// </summary>
    public static void Collect(Expr expr, List<VectorSelector> into)
    {
        switch (expr)
        {
            case VectorSelector selector: into.Add(selector); break;
            case MatrixSelector matrix: into.Add(matrix.Selector); break;
            case ParenExpr paren: Collect(paren.Inner, into); break;
            case UnaryExpr unary: Collect(unary.Operand, into); break;
            case SubqueryExpr subquery: Collect(subquery.Inner, into); break;
            case BinaryExpr binary:
                Collect(binary.Left, into);
                Collect(binary.Right, into);
                break;
            case AggregateExpr aggregate:
                if (aggregate.Parameter is not null) Collect(aggregate.Parameter, into);
                Collect(aggregate.Operand, into);
                break;
            case CallExpr call:
                foreach (Expr argument in call.Arguments) Collect(argument, into);
                break;
        }
    }
}
