namespace Slungd.Engine.PromQL.Syntax;

/// <summary>One token of a query.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Text">As written; of a bad token what is wrong with it.</param>
internal readonly record struct Token(TokenKind Kind, TextRange Position, string Text)
{
    /// <summary>The token in messages.</summary>
    public string Describe() => Kind switch
    {
        TokenKind.EndOfInput => "end of input",
        TokenKind.Identifier or TokenKind.MetricIdentifier => $"identifier \"{Text}\"",
        TokenKind.Number => $"number \"{Text}\"",
        TokenKind.Duration => $"duration \"{Text}\"",
        TokenKind.String => $"string {Text}",
        _ when Kind.IsOperator() => $"<op:{Kind.Text()}>",
        _ when Kind.IsAggregation() => $"<aggr:{Kind.Text()}>",
        _ when Kind >= TokenKind.Anchored => $"<{Kind.Text()}>",
        _ => $"\"{Text}\"",
    };
}
