namespace Slungd.Engine.Model.Regexes;

/// <summary>What a <see cref="RegexNode"/> is.</summary>
internal enum RegexNodeKind : byte
{
    Set,
    Concat,
    Alternate,
    Repeat,
    Capture,
    BeginText,
    EndText,
    BeginLine,
    EndLine,
    WordBoundary,
    NotWordBoundary,
}
