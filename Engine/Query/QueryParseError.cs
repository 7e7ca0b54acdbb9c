namespace Slungd.Engine.Query;

/// <summary>Why a text is not a query.</summary>
/// <param name="Message">What was expected, such as "expected ':' after the operator".</param>
/// <param name="At">Where: an index into the text in UTF-16 code units, from 0 up to the text's length;
/// <see cref="Nowhere"/> when it is not about a place.</param>
internal readonly record struct QueryParseError(string Message, int At)
{
    public const int Nowhere = -1;

    /// <summary>As <see cref="At"/>, null for nowhere.</summary>
    public long? Place => At == Nowhere ? null : At;

    /// <summary>The whole sentence: "at 3: expected ':' after the operator".</summary>
    public override string ToString() => At == Nowhere ? Message : $"at {At}: {Message}";
}
