using System;
using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>What the grammar needs to know about kinds of token.</summary>
internal static class TokenKinds
{
    private static readonly Dictionary<string, TokenKind> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["and"] = TokenKind.And, ["or"] = TokenKind.Or, ["unless"] = TokenKind.Unless, ["atan2"] = TokenKind.Atan2,
        ["avg"] = TokenKind.Avg, ["bottomk"] = TokenKind.Bottomk, ["count"] = TokenKind.Count,
        ["count_values"] = TokenKind.CountValues, ["group"] = TokenKind.Group, ["limitk"] = TokenKind.Limitk,
        ["limit_ratio"] = TokenKind.LimitRatio, ["max"] = TokenKind.Max, ["min"] = TokenKind.Min,
        ["quantile"] = TokenKind.Quantile, ["stddev"] = TokenKind.Stddev, ["stdvar"] = TokenKind.Stdvar,
        ["sum"] = TokenKind.Sum, ["topk"] = TokenKind.Topk,
        ["anchored"] = TokenKind.Anchored, ["bool"] = TokenKind.Bool, ["by"] = TokenKind.By,
        ["group_left"] = TokenKind.GroupLeft, ["group_right"] = TokenKind.GroupRight,
        ["ignoring"] = TokenKind.Ignoring, ["offset"] = TokenKind.Offset, ["on"] = TokenKind.On,
        ["smoothed"] = TokenKind.Smoothed, ["without"] = TokenKind.Without,
        ["start"] = TokenKind.Start, ["end"] = TokenKind.End, ["step"] = TokenKind.Step, ["range"] = TokenKind.Range,
        ["inf"] = TokenKind.Number, ["nan"] = TokenKind.Number,
    };

    /// <summary>The keyword a word is, in any letter case; else Identifier.</summary>
    public static TokenKind OfWord(string word) => s_words.GetValueOrDefault(word, TokenKind.Identifier);

    public static bool IsOperator(this TokenKind kind) => kind is >= TokenKind.Add and <= TokenKind.At;

    public static bool IsComparison(this TokenKind kind) => kind is >= TokenKind.Equal and <= TokenKind.GreaterOrEqual;

    public static bool IsSetOperator(this TokenKind kind) => kind is >= TokenKind.And and <= TokenKind.Unless;

    public static bool IsAggregation(this TokenKind kind) => kind is >= TokenKind.Avg and <= TokenKind.Topk;

    /// <summary>An aggregation with a parameter before the vector.</summary>
    public static bool HasParameter(this TokenKind kind) => kind is TokenKind.Topk or TokenKind.Bottomk or
        TokenKind.CountValues or TokenKind.Quantile or TokenKind.Limitk or TokenKind.LimitRatio;

    /// <summary>A word that is also a metric's name where one is expected.</summary>
    public static bool MayNameMetric(this TokenKind kind) => kind.IsAggregation() || kind is TokenKind.Identifier or
        TokenKind.MetricIdentifier or TokenKind.And or TokenKind.Or or TokenKind.Unless or TokenKind.By or
        TokenKind.Offset or TokenKind.Without or TokenKind.Start or TokenKind.End or TokenKind.Step or
        TokenKind.Range or TokenKind.Anchored or TokenKind.Smoothed;

    /// <summary>A word that is also a label's name inside grouping parentheses.</summary>
    public static bool MayNameLabel(this TokenKind kind) => kind.MayNameMetric() || kind is TokenKind.Bool or
        TokenKind.GroupLeft or TokenKind.GroupRight or TokenKind.Ignoring or TokenKind.On or TokenKind.Atan2;

    /// <summary>How tightly a binary operator binds; 0 when it is none. Comparisons bind weaker than sums.</summary>
    public static int Precedence(this TokenKind kind) => kind switch
    {
        TokenKind.Or => 1,
        TokenKind.And or TokenKind.Unless => 2,
        >= TokenKind.Equal and <= TokenKind.GreaterOrEqual => 3,
        TokenKind.Add or TokenKind.Sub => 4,
        TokenKind.Mul or TokenKind.Div or TokenKind.Mod or TokenKind.Atan2 => 5,
        TokenKind.Pow => PowPrecedence,
        _ => 0,
    };

    public const int PowPrecedence = 6;

    /// <summary>The token as it is written.</summary>
    public static string Text(this TokenKind kind) => kind switch
    {
        TokenKind.LeftParen => "(",
        TokenKind.RightParen => ")",
        TokenKind.LeftBrace => "{",
        TokenKind.RightBrace => "}",
        TokenKind.LeftBracket => "[",
        TokenKind.RightBracket => "]",
        TokenKind.Comma => ",",
        TokenKind.Colon => ":",
        TokenKind.Assign => "=",
        TokenKind.Add => "+",
        TokenKind.Sub => "-",
        TokenKind.Mul => "*",
        TokenKind.Div => "/",
        TokenKind.Mod => "%",
        TokenKind.Pow => "^",
        TokenKind.Equal => "==",
        TokenKind.NotEqual => "!=",
        TokenKind.Less => "<",
        TokenKind.LessOrEqual => "<=",
        TokenKind.Greater => ">",
        TokenKind.GreaterOrEqual => ">=",
        TokenKind.MatchRegex => "=~",
        TokenKind.NotMatchRegex => "!~",
        TokenKind.At => "@",
        TokenKind.CountValues => "count_values",
        TokenKind.LimitRatio => "limit_ratio",
        TokenKind.GroupLeft => "group_left",
        TokenKind.GroupRight => "group_right",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
