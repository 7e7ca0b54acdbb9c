namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Why a text is no query: what was expected, and where.</summary>
internal readonly record struct SyntaxError(TextRange Position, string Message)
{
    /// <summary>`1:5: parse error: ...`, as Prometheus says it.</summary>
    public string In(string text) => $"{Position.StartIn(text)}: parse error: {Message}";
}
