namespace Slungd.Engine.PromQL.Syntax;

/// <summary>The type of an expression.</summary>
internal enum ValueKind : byte
{
    None,
    Scalar,
    InstantVector,
    RangeVector,
    Text,
}

internal static class ValueKinds
{
    /// <summary>The type's name in messages.</summary>
    public static string Name(this ValueKind kind) => kind switch
    {
        ValueKind.Scalar => "scalar",
        ValueKind.InstantVector => "instant vector",
        ValueKind.RangeVector => "range vector",
        ValueKind.Text => "string",
        _ => "none",
    };
}
