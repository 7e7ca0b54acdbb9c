namespace Slungd.Engine.PromQL.Syntax;

/// <param name="Name">As called; names are case-sensitive.</param>
/// <param name="Parameters">Their types; the last one repeats when <paramref name="Variadic"/> is not 0.</param>
/// <param name="Variadic">How many of the last parameters may be left out or repeated; -1: any number more.</param>
/// <param name="Result">The type of the result.</param>
/// <param name="Experimental">Only with <see cref="ParserOptions.ExperimentalFunctions"/>.</param>
internal sealed record FunctionSignature(string Name, ValueKind[] Parameters, int Variadic, ValueKind Result,
    bool Experimental)
{
    /// <summary>Arguments at least.</summary>
    public int Least => Variadic == 0 ? Parameters.Length : Parameters.Length - 1;

    /// <summary>Arguments at most; -1: no limit.</summary>
    public int Most => Variadic < 0 ? -1 : Variadic == 0 ? Parameters.Length : Least + Variadic;
}
