namespace Slungd.Engine.Model.Regexes;

/// <summary>A step of a <see cref="RegexProgram"/>.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Next">The instruction to go on at; for a split the preferred one.</param>
/// <param name="Other">For a split the other instruction, for a save the slot (twice the group, plus 1 at its end), for
/// an assertion the <see cref="RegexNodeKind"/>.</param>
/// <param name="Set">The code points that a set takes one of.</param>
internal readonly record struct RegexInstruction(
    RegexInstructionKind Kind, int Next, int Other = 0, CodePointSet? Set = null);
