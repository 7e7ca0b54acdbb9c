using System;
using System.Globalization;
using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Type checks, with Prometheus' messages (promql/parser/parse.go, checkAST).</summary>
internal sealed partial class Parser
{
    private Expr? MakeBinary(Token op, Expr left, Expr right, VectorMatching? matching, bool returnBool)
    {
        TextRange position = TextRange.Over(left.Position, right.Position);
        bool vectors = left.Kind == ValueKind.InstantVector && right.Kind == ValueKind.InstantVector;
        if (returnBool && !op.Kind.IsComparison())
            return Fail(op.Position, "bool modifier can only be used on comparison operators");
        if (left.Kind is not (ValueKind.Scalar or ValueKind.InstantVector))
            return Fail(left.Position, "binary expression must contain only scalar and instant vector types");
        if (right.Kind is not (ValueKind.Scalar or ValueKind.InstantVector))
            return Fail(right.Position, "binary expression must contain only scalar and instant vector types");
        if (op.Kind.IsComparison() && !returnBool && left.Kind == ValueKind.Scalar && right.Kind == ValueKind.Scalar)
            return Fail(op.Position, "comparisons between scalars must use BOOL modifier");
        if (op.Kind.IsSetOperator() && !vectors)
            return Fail(position, $"set operator \"{op.Kind.Text()}\" not allowed in binary scalar expression");
        if (!vectors && matching is not null)
        {
            if (matching.Labels.Length > 0 || matching.On || matching.Cardinality != MatchCardinality.OneToOne)
                return Fail(position, "vector matching only allowed between instant vectors");
            matching = null;
        }
        if (vectors)
        {
            matching ??= new VectorMatching(MatchCardinality.OneToOne, false, [], []);
            if (CheckMatching(op, ref matching) is { } error) return Fail(position, error);
        }
        return new BinaryExpr(op.Kind, left, right, matching, returnBool) { Position = position };
    }

    private static string? CheckMatching(Token op, ref VectorMatching matching)
    {
        if (op.Kind.IsSetOperator())
        {
            if (matching.Cardinality != MatchCardinality.OneToOne)
                return $"no grouping allowed for \"{op.Kind.Text()}\" operation";
            matching = matching with { Cardinality = MatchCardinality.ManyToMany };
        }
        if (!matching.On) return null;
        foreach (string label in matching.Labels)
            if (Array.IndexOf(matching.Include, label) >= 0)
                return $"label \"{label}\" must not occur in ON and GROUP clause at once";
        return null;
    }

    // Everything that the builders of nodes have not checked; positions in the order of the text.
    private bool Check(Expr expr)
    {
        switch (expr)
        {
            case ParenExpr paren: return Check(paren.Inner);
            case BinaryExpr binary: return Check(binary.Left) && Check(binary.Right);
            case UnaryExpr unary:
                if (unary.Kind is ValueKind.Scalar or ValueKind.InstantVector) return Check(unary.Operand);
                return Wrong(unary, "unary expression only allowed on expressions of type scalar or instant vector, " +
                    $"got \"{unary.Kind.Name()}\"");
            case SubqueryExpr subquery:
                if (subquery.Inner.Kind == ValueKind.InstantVector) return Check(subquery.Inner);
                return Wrong(subquery, $"subquery is only allowed on instant vector, got {subquery.Inner.Kind.Name()}");
            case AggregateExpr aggregate: return CheckAggregate(aggregate);
            case CallExpr call: return CheckCall(call);
            case MatrixSelector matrix: return CheckSelector(matrix.Selector);
            case VectorSelector selector: return CheckSelector(selector);
            default: return true;
        }
    }

    private bool CheckAggregate(AggregateExpr aggregate)
    {
        if (!Expect(aggregate.Operand, ValueKind.InstantVector, "aggregation expression")) return false;
        if (aggregate.Parameter is not { } parameter) return true;
        ValueKind kind = aggregate.Op == TokenKind.CountValues ? ValueKind.Text : ValueKind.Scalar;
        return Expect(parameter, kind, "aggregation parameter");
    }

    private bool CheckCall(CallExpr call)
    {
        FunctionSignature function = call.Function;
        int count = call.Arguments.Length;
        string? wanted = function.Variadic == 0 && count != function.Parameters.Length ? $"{function.Parameters.Length}"
            : count < function.Least ? $"at least {function.Least}"
            : function.Most >= 0 && count > function.Most ? $"at most {function.Most}"
            : null;
        if (wanted is not null)
            return Wrong(call, string.Create(CultureInfo.InvariantCulture,
                $"expected {wanted} argument(s) in call to \"{function.Name}\", got {count}"));
        if (function.Name == "info" && count > 1) return CheckInfo(call);
        for (int i = 0; i < count; i++)
        {
            ValueKind kind = function.Parameters[Math.Min(i, function.Parameters.Length - 1)];
            if (!Expect(call.Arguments[i], kind, $"call to function \"{function.Name}\"")) return false;
        }
        return true;
    }

    // The second argument of info() selects labels: it has no name, and may match everything.
    private bool CheckInfo(CallExpr call)
    {
        string where = $"call to function \"{call.Function.Name}\"";
        if (!Expect(call.Arguments[0], ValueKind.InstantVector, where)) return false;
        if (call.Arguments[1] is VectorSelector { Name: "" }) return true;
        return Wrong(call.Arguments[1], "expected label selectors only, got vector selector instead");
    }

    private bool CheckSelector(VectorSelector selector)
    {
        foreach (LabelMatcher matcher in selector.Matchers)
            if (!matcher.MatchesEmpty) return true;
        return Wrong(selector, "vector selector must contain at least one non-empty matcher");
    }

    private bool Expect(Expr expr, ValueKind kind, string where) => expr.Kind == kind
        ? Check(expr)
        : Wrong(expr, $"expected type {kind.Name()} in {where}, got {expr.Kind.Name()}");

    private bool Wrong(Expr at, string message) => Fail(at.Position, message) is not null;
}
