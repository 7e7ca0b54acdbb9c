namespace Slungd.Engine.Model;

/// <summary>How a <see cref="LabelMatcher"/> compares: `=`, `!=`, `=~`, `!~`.</summary>
internal enum LabelMatchOp : byte
{
    Equal = 1,
    NotEqual,
    Regex,
    NotRegex,
}

internal static class LabelMatchOps
{
    /// <summary>As PromQL writes it.</summary>
    public static string ToText(this LabelMatchOp op) => op switch
    {
        LabelMatchOp.Equal => "=",
        LabelMatchOp.NotEqual => "!=",
        LabelMatchOp.Regex => "=~",
        _ => "!~",
    };
}
