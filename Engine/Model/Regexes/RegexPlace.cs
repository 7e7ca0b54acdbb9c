namespace Slungd.Engine.Model.Regexes;

/// <summary>A place between two code points, as assertions see it.</summary>
/// <param name="Before">The code point before; negative at the text's begin.</param>
/// <param name="After">The code point after; negative at its end.</param>
internal readonly record struct RegexPlace(int Before, int After)
{
    public const int Edge = -1;

    public bool Holds(RegexNodeKind assertion) => assertion switch
    {
        RegexNodeKind.BeginText => Before < 0,
        RegexNodeKind.EndText => After < 0,
        RegexNodeKind.BeginLine => Before is < 0 or '\n',
        RegexNodeKind.EndLine => After is < 0 or '\n',
        RegexNodeKind.WordBoundary => IsWord(Before) != IsWord(After),
        _ => IsWord(Before) == IsWord(After),
    };

    private static bool IsWord(int code) => code >= 0 && CodePointSet.Word.Contains(code);
}
