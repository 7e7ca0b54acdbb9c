using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>A condition on one label; a label that is not there is the empty text.</summary>
internal sealed class LabelMatcher
{
    public const string MetricName = "__name__";

    private readonly ValuePattern? _pattern;

    private LabelMatcher(string name, MatchOperator op, string value, ValuePattern? pattern)
    {
        Name = name;
        Operator = op;
        Value = value;
        _pattern = pattern;
    }

    public string Name { get; }

    public MatchOperator Operator { get; }

    public string Value { get; }

    /// <summary>The only values that match, when they can be listed; else null.</summary>
    public IReadOnlyList<string>? Literals => Operator switch
    {
        MatchOperator.Equal => [Value],
        MatchOperator.Regex => _pattern!.Literals,
        _ => null,
    };

    /// <summary>False when the value is no regular expression.</summary>
    public static bool TryCreate(string name, MatchOperator op, string value,
        [NotNullWhen(true)] out LabelMatcher? matcher, out string error)
    {
        matcher = null;
        error = "";
        ValuePattern? pattern = null;
        if (op >= MatchOperator.Regex && !ValuePattern.TryCreate(value, out pattern, out error)) return false;
        matcher = new LabelMatcher(name, op, value, pattern);
        return true;
    }

    public static LabelMatcher Equal(string name, string value) => new(name, MatchOperator.Equal, value, null);

    public bool Matches(string value) => Operator switch
    {
        MatchOperator.Equal => string.Equals(value, Value, StringComparison.Ordinal),
        MatchOperator.NotEqual => !string.Equals(value, Value, StringComparison.Ordinal),
        MatchOperator.Regex => _pattern!.Matches(value),
        _ => !_pattern!.Matches(value),
    };

    public override string ToString()
    {
        string name = LabelName.IsLegacy(Name) ? Name : StringText.Quote(Name);
        string op = Operator switch
        {
            MatchOperator.Equal => "=",
            MatchOperator.NotEqual => "!=",
            MatchOperator.Regex => "=~",
            _ => "!~",
        };
        return name + op + StringText.Quote(Value);
    }
}
