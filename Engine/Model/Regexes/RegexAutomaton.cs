using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Threading;

namespace Slungd.Engine.Model.Regexes;

/// <summary>Tells whether whole texts match a <see cref="RegexProgram"/>: an automaton whose states, sets of positions
/// in the program, are made when a text first leads there, and forgotten all at once when they are too many. A byte
/// that is no UTF-8 is U+FFFD. Any thread.</summary>
internal sealed class RegexAutomaton
{
    private const int MaxCells = 1 << 17; // of all states: 1 MiB of references

    private readonly RegexProgram _program;
    private readonly CodePointClasses _classes;
    private readonly bool _hasAssertions;
    private readonly Lock _gate = new();
    private readonly int[] _visits; // by instruction: the walk that was last there
    private readonly Stack<int> _open = new();
    private readonly List<int> _found = [];
    private Dictionary<int, List<State>> _states = [];
    private State _start;
    private int _walk;
    private int _cells;

    public RegexAutomaton(RegexProgram program)
    {
        _program = program;
        List<CodePointSet> sets = [];
        foreach (RegexInstruction instruction in program.Instructions)
        {
            if (instruction.Set is { } set) sets.Add(set);
            _hasAssertions |= instruction.Kind == RegexInstructionKind.Assert;
        }
        if (_hasAssertions) sets.AddRange([CodePointSet.Word, CodePointSet.NewLine]);
        _classes = new CodePointClasses(sets, program.Pattern);
        _visits = new int[program.Instructions.Count];
        _start = Intern([program.Start], RegexPlace.Edge);
    }

    /// <summary>Whether the whole text matches.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="look">Called for each state that is made, which takes up to a millisecond: throws to end it.
    /// </param>
    public bool IsMatch(ReadOnlySpan<byte> text, Action? look = null)
    {
        State state = Volatile.Read(ref _start);
        while (!text.IsEmpty)
        {
            int code = text[0], length = 1;
            if (code >= 0x80) code = Decode(text, out length);
            text = text[length..];
            int @class = _classes.Of(code);
            State? next = Volatile.Read(ref state.Next[@class]);
            if (next is null)
            {
                look?.Invoke();
                next = Step(state, @class);
            }
            state = next;
            if (state.Positions.Length == 0) return false;
        }
        return state.IsMatch;
    }

    private static int Decode(ReadOnlySpan<byte> text, out int length)
    {
        if (Rune.DecodeFromUtf8(text, out Rune rune, out length) == OperationStatus.Done) return rune.Value;
        length = 1;
        return Rune.ReplacementChar.Value;
    }

    private State Step(State from, int @class)
    {
        lock (_gate)
        {
            if (from.Next[@class] is { } known) return known;
            int code = _classes.Member(@class);
            Walk(from.Positions, new RegexPlace(from.Before, code));
            State next = Intern([.. _found], _hasAssertions ? code : 0);
            Volatile.Write(ref from.Next[@class], next);
            return next;
        }
    }

    /// <summary>Fills <see cref="_found"/> with the positions behind the next code point; true if the text matches
    /// where it is none.</summary>
    private bool Walk(int[] positions, RegexPlace place)
    {
        _walk++;
        _found.Clear();
        bool isMatch = false;
        foreach (int position in positions) _open.Push(position);
        while (_open.TryPop(out int at))
        {
            if (_visits[at] == _walk) continue;
            _visits[at] = _walk;
            RegexInstruction instruction = _program.Instructions[at];
            switch (instruction.Kind)
            {
                case RegexInstructionKind.Match:
                    isMatch = place.After < 0;
                    break;
                case RegexInstructionKind.Set:
                    if (place.After >= 0 && instruction.Set!.Contains(place.After)) _found.Add(instruction.Next);
                    break;
                case RegexInstructionKind.Split:
                    _open.Push(instruction.Other);
                    _open.Push(instruction.Next);
                    break;
                case RegexInstructionKind.Save:
                    _open.Push(instruction.Next);
                    break;
                default:
                    if (place.Holds((RegexNodeKind)instruction.Other)) _open.Push(instruction.Next);
                    break;
            }
        }
        return isMatch;
    }

    private State Intern(int[] positions, int before)
    {
        positions.AsSpan().Sort();
        positions = positions[..Distinct(positions)];
        HashCode hash = default;
        hash.Add(Kind(before));
        foreach (int position in positions) hash.Add(position);
        int key = hash.ToHashCode();
        if (!_states.TryGetValue(key, out List<State>? same)) _states[key] = same = [];
        foreach (State state in same)
        {
            if (Kind(state.Before) == Kind(before) && state.Positions.AsSpan().SequenceEqual(positions)) return state;
        }
        bool isMatch = Walk(positions, new RegexPlace(before, RegexPlace.Edge));
        State made = new(positions, before, isMatch, _classes.Count);
        _cells += _classes.Count + positions.Length;
        if (_cells > MaxCells) Forget();
        same.Add(made);
        return made;
    }

    /// <summary>Texts that are being matched keep what they know.</summary>
    private void Forget()
    {
        _states = [];
        _cells = 0;
        Volatile.Write(ref _start, new State([_program.Start], RegexPlace.Edge, _start.IsMatch, _classes.Count));
    }

    private static int Distinct(int[] sorted)
    {
        int count = 0;
        foreach (int value in sorted)
            if (count == 0 || sorted[count - 1] != value) sorted[count++] = value;
        return count;
    }

    /// <summary>What assertions tell apart in the code point before.</summary>
    private int Kind(int before)
    {
        if (!_hasAssertions) return 0;
        return before < 0 ? 1 : before == '\n' ? 2 : CodePointSet.Word.Contains(before) ? 3 : 4;
    }

    private sealed class State(int[] positions, int before, bool isMatch, int classes)
    {
        public readonly int[] Positions = positions; // none: nothing matches any more
        public readonly int Before = before; // one of the code points that led here
        public readonly bool IsMatch = isMatch; // if the text ends here
        public readonly State?[] Next = new State?[classes];
    }
}
