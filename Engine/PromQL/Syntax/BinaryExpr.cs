using System;

namespace Slungd.Engine.PromQL.Syntax;

internal sealed class BinaryExpr : Expr
{
    public BinaryExpr(TokenKind op, Expr left, Expr right, VectorMatching? matching, bool returnBool)
    {
        Op = op;
        Left = left;
        Right = right;
        Matching = matching;
        ReturnBool = returnBool;
        Depth = Math.Max(left.Depth, right.Depth) + 1;
    }

    public TokenKind Op { get; }

    public Expr Left { get; }

    public Expr Right { get; }

    /// <summary>Null unless both sides are instant vectors.</summary>
    public VectorMatching? Matching { get; }

    /// <summary>A comparison that yields 0 or 1 instead of filtering.</summary>
    public bool ReturnBool { get; }

    public override ValueKind Kind =>
        Left.Kind == ValueKind.Scalar && Right.Kind == ValueKind.Scalar ? ValueKind.Scalar : ValueKind.InstantVector;
}
