using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL;

/// <summary>Something a person should know about an answer that is not wrong.</summary>
/// <param name="IsWarning">A warning; else an information.</param>
/// <param name="Message">Without position; distinct within an answer.</param>
/// <param name="Position">Which part of the query it is about.</param>
internal sealed record PromQLAnnotation(bool IsWarning, string Message, TextRange Position)
{
    /// <summary>`PromQL warning: ... (1:5)`</summary>
    public string In(string query) => $"{Message} ({Position.StartIn(query)})";
}
