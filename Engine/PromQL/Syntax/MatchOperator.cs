namespace Slungd.Engine.PromQL.Syntax;

internal enum MatchOperator : byte
{
    Equal,
    NotEqual,
    Regex,
    NotRegex,
}
