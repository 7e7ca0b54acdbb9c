using System;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Operators on two floats.</summary>
internal static class ScalarOperation
{
    /// <summary>The result; 0 or 1 of a comparison.</summary>
    public static double Apply(TokenKind op, double left, double right) => op switch
    {
        TokenKind.Add => left + right,
        TokenKind.Sub => left - right,
        TokenKind.Mul => left * right,
        TokenKind.Div => left / right,
        TokenKind.Mod => left % right,
        TokenKind.Pow => Math.Pow(left, right),
        TokenKind.Atan2 => Math.Atan2(left, right),
        _ => Holds(op, left, right) ? 1 : 0,
    };

    /// <summary>Whether a comparison is true.</summary>
    public static bool Holds(TokenKind op, double left, double right) => op switch
    {
        TokenKind.Equal => left == right,
        TokenKind.NotEqual => left != right,
        TokenKind.Less => left < right,
        TokenKind.LessOrEqual => left <= right,
        TokenKind.Greater => left > right,
        TokenKind.GreaterOrEqual => left >= right,
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };
}
