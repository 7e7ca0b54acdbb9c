namespace Slungd.Engine.Query;

/// <summary>Why a text is not a query.</summary>
/// <param name="Message">What was expected, such as "expected ':' after the operator".</param>
/// <param name="At">Where: an index into the text in UTF-16 code units, from 0 up to the text's length.</param>
internal readonly record struct QueryParseError(string Message, int At)
{
    /// <summary>The whole sentence: "at 3: expected ':' after the operator".</summary>
    public override string ToString() => $"at {At}: {Message}";
}
