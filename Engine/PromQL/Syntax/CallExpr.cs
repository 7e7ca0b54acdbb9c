using System;

namespace Slungd.Engine.PromQL.Syntax;

internal sealed class CallExpr : Expr
{
    public CallExpr(FunctionSignature function, Expr[] arguments)
    {
        Function = function;
        Arguments = arguments;
        foreach (Expr argument in arguments) Depth = Math.Max(Depth, argument.Depth + 1);
    }

    public FunctionSignature Function { get; }

    public Expr[] Arguments { get; }

    public override ValueKind Kind => Function.Result;
}
