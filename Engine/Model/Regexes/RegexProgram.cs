using System.Collections.Generic;

namespace Slungd.Engine.Model.Regexes;

/// <summary>A regular expression as the instructions of an automaton that does not decide
/// (https://swtch.com/~rsc/regexp/regexp2.html): who runs them holds a set of positions, so that time is linear in the
/// text's length. Immutable; any thread.</summary>
internal sealed class RegexProgram
{
    /// <summary>What one code point may cost to match, at most: each position is visited once.</summary>
    public const int MaxInstructions = 10_000;

    private readonly List<RegexInstruction> _instructions = [];
    private readonly string _pattern;

    private RegexProgram(string pattern, RegexNode node, string?[] names)
    {
        _pattern = pattern;
        GroupNames = names;
        int match = Add(new RegexInstruction(RegexInstructionKind.Match, 0));
        Start = Emit(node, match);
    }

    public string Pattern => _pattern;

    public IReadOnlyList<RegexInstruction> Instructions => _instructions;

    public int Start { get; }

    /// <summary>Of all groups, from the first parenthesis that captures; null for those without a name. The first is
    /// the whole.</summary>
    public string?[] GroupNames { get; }

    /// <summary>Throws <see cref="RegexSyntaxException"/>.</summary>
    /// <param name="pattern">In RE2's syntax.</param>
    /// <param name="dotIsAll">Whether `.` is a line's end, too, where the pattern does not say.</param>
    public static RegexProgram Of(string pattern, bool dotIsAll)
    {
        RegexNode node = RegexParser.Parse(pattern, dotIsAll, out string?[] names);
        return new RegexProgram(pattern, node, names);
    }

    private int Add(RegexInstruction instruction)
    {
        if (_instructions.Count == MaxInstructions) throw new RegexSyntaxException("expression too large", _pattern);
        _instructions.Add(instruction);
        return _instructions.Count - 1;
    }

    /// <summary>Adds the instructions of a node that go on at <paramref name="next"/>; where they begin.</summary>
    private int Emit(RegexNode node, int next)
    {
        switch (node.Kind)
        {
            case RegexNodeKind.Set:
                return Add(new RegexInstruction(RegexInstructionKind.Set, next, Set: node.Set));
            case RegexNodeKind.Concat:
                for (int i = node.Parts.Length - 1; i >= 0; i--) next = Emit(node.Parts[i], next);
                return next;
            case RegexNodeKind.Alternate:
                int rest = Emit(node.Parts[^1], next);
                for (int i = node.Parts.Length - 2; i >= 0; i--) rest = Split(Emit(node.Parts[i], next), rest, false);
                return rest;
            case RegexNodeKind.Repeat:
                return EmitRepeat(node, next);
            case RegexNodeKind.Capture:
                int end = Add(new RegexInstruction(RegexInstructionKind.Save, next, node.Group * 2 + 1));
                int inner = Emit(node.Parts[0], end);
                return Add(new RegexInstruction(RegexInstructionKind.Save, inner, node.Group * 2));
            default:
                return Add(new RegexInstruction(RegexInstructionKind.Assert, next, (int)node.Kind));
        }
    }

    // x{n,} is n - 1 times x, then x+; x{n,m} is n times x, then (x(x)?)?.
    private int EmitRepeat(RegexNode node, int next)
    {
        RegexNode part = node.Parts[0];
        if (node.Max is { } max)
        {
            int skip = next;
            for (int i = node.Min; i < max; i++) next = Split(Emit(part, next), skip, node.IsLazy);
            for (int i = 0; i < node.Min; i++) next = Emit(part, next);
            return next;
        }
        int loop = Add(default);
        int body = Emit(part, loop);
        _instructions[loop] = MakeSplit(body, next, node.IsLazy);
        // Where the part may be empty x* is (x+)?, or its captures would not be the first choice's.
        if (node.Min == 0) return part.CanBeEmpty ? Split(body, next, node.IsLazy) : loop;
        for (int i = 1; i < node.Min; i++) body = Emit(part, body);
        return body;
    }

    private int Split(int take, int skip, bool isLazy) => Add(MakeSplit(take, skip, isLazy));

    private static RegexInstruction MakeSplit(int take, int skip, bool isLazy) => isLazy
        ? new RegexInstruction(RegexInstructionKind.Split, skip, take)
        : new RegexInstruction(RegexInstructionKind.Split, take, skip);
}
