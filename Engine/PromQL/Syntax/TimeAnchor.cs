namespace Slungd.Engine.PromQL.Syntax;

/// <summary>The `@` modifier's argument.</summary>
internal enum TimeAnchor : byte
{
    /// <summary>No `@`: the evaluation time.</summary>
    None,
    /// <summary>`@ 1700000000`</summary>
    Fixed,
    /// <summary>`@ start()`</summary>
    Start,
    /// <summary>`@ end()`</summary>
    End,
}
