namespace Slungd.Engine.Model.Regexes;

/// <summary>What a <see cref="RegexInstruction"/> does.</summary>
internal enum RegexInstructionKind : byte
{
    Match,
    Set,
    Split,
    Save,
    Assert,
}
