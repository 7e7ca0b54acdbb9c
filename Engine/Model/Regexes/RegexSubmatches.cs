using System;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Engine.Model.Regexes;

/// <summary>Matches whole texts against a <see cref="RegexProgram"/> and tells where its groups lie, in time linear in
/// the text's length: of all ways to match the one that a backtracking search finds first, as RE2 does. One thread.
/// </summary>
internal sealed class RegexSubmatches
{
    private const int MaxCells = 1 << 20;
    private const int ThreadsPerLook = 1 << 12; // each may follow all instructions once

    private readonly RegexProgram _program;
    private readonly int[] _columns; // by slot: where threads keep it; negative: nobody wants it
    private readonly int[] _slots; // of the thread that is being added; negative: not there
    private readonly Stack<(int At, int Column, int Value)> _open = new(); // Column >= 0: to be put back
    private Threads _now;
    private Threads _next;

    /// <summary>Throws <see cref="RegexSyntaxException"/> where that many groups of the program take too much.
    /// </summary>
    /// <param name="program">What to match.</param>
    /// <param name="groups">The groups that are wanted, in any order.</param>
    public RegexSubmatches(RegexProgram program, IReadOnlySet<int> groups)
    {
        _program = program;
        _columns = new int[program.GroupNames.Length * 2];
        int count = 0;
        for (int i = 0; i < _columns.Length; i++) _columns[i] = i > 1 && groups.Contains(i / 2) ? count++ : -1;
        if ((long)count * program.Instructions.Count > MaxCells)
            throw new RegexSyntaxException("expression too large for its groups", $"{count / 2} groups");
        _slots = new int[count];
        _now = new Threads(program.Instructions.Count, count);
        _next = new Threads(program.Instructions.Count, count);
    }

    /// <summary>Matches the whole text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="look">Called now and then where that takes long: throws to end it.</param>
    public bool TryMatch(string text, Action? look = null)
    {
        Array.Fill(_slots, -1);
        _now.Clear();
        int before = RegexPlace.Edge, after = At(text, 0, out int length);
        Add(_now, _program.Start, 0, new RegexPlace(before, after));
        for (int at = 0, work = 0; at < text.Length;)
        {
            work += _now.Count;
            if (work >= ThreadsPerLook)
            {
                look?.Invoke();
                work = 0;
            }
            at += length;
            (before, after) = (after, At(text, at, out length));
            _next.Clear();
            for (int i = 0; i < _now.Count; i++)
            {
                RegexInstruction instruction = _program.Instructions[_now.Position(i)];
                if (instruction.Set?.Contains(before) != true) continue;
                _now.Slots(i).CopyTo(_slots);
                Add(_next, instruction.Next, at, new RegexPlace(before, after));
            }
            (_now, _next) = (_next, _now);
            if (_now.Count == 0) return false;
        }
        for (int i = 0; i < _now.Count; i++)
        {
            if (_program.Instructions[_now.Position(i)].Kind != RegexInstructionKind.Match) continue;
            _now.Slots(i).CopyTo(_slots);
            return true;
        }
        return false;
    }

    /// <summary>What a group took of the text that matched last; false if it took no part.</summary>
    public bool TryGet(int group, string text, out ReadOnlySpan<char> taken)
    {
        taken = text;
        if (group == 0) return true;
        if (group * 2 >= _columns.Length || _columns[group * 2] < 0) return false;
        int from = _slots[_columns[group * 2]], to = _slots[_columns[group * 2 + 1]];
        if (from < 0 || to < 0) return false;
        taken = text.AsSpan(from, to - from);
        return true;
    }

    private static int At(string text, int at, out int length)
    {
        length = 1;
        if (at == text.Length) return RegexPlace.Edge;
        if (!Rune.TryGetRuneAt(text, at, out Rune rune)) return Rune.ReplacementChar.Value;
        length = rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>Adds a thread for each instruction that takes a code point and that can be reached, the preferred ones
    /// first; one that is there already came by a better way.</summary>
    private void Add(Threads threads, int start, int at, RegexPlace place)
    {
        _open.Push((start, -1, 0));
        while (_open.TryPop(out (int At, int Column, int Value) todo))
        {
            if (todo.Column >= 0)
            {
                _slots[todo.Column] = todo.Value;
                continue;
            }
            if (!threads.Visit(todo.At)) continue;
            RegexInstruction instruction = _program.Instructions[todo.At];
            switch (instruction.Kind)
            {
                case RegexInstructionKind.Split:
                    _open.Push((instruction.Other, -1, 0));
                    _open.Push((instruction.Next, -1, 0));
                    break;
                case RegexInstructionKind.Save:
                    int column = _columns[instruction.Other];
                    if (column >= 0)
                    {
                        _open.Push((0, column, _slots[column]));
                        _slots[column] = at;
                    }
                    _open.Push((instruction.Next, -1, 0));
                    break;
                case RegexInstructionKind.Assert:
                    if (place.Holds((RegexNodeKind)instruction.Other)) _open.Push((instruction.Next, -1, 0));
                    break;
                default:
                    threads.Append(todo.At, _slots);
                    break;
            }
        }
    }

    /// <summary>Positions in the program in order of preference, each with its slots.</summary>
    private sealed class Threads(int instructions, int columns)
    {
        private readonly int[] _visits = new int[instructions];
        private readonly int[] _positions = new int[instructions];
        private readonly int[] _slots = new int[instructions * columns];
        private int _generation;

        public int Count { get; private set; }

        public void Clear()
        {
            _generation++;
            Count = 0;
        }

        public bool Visit(int position)
        {
            bool isNew = _visits[position] != _generation;
            _visits[position] = _generation;
            return isNew;
        }

        public void Append(int position, int[] slots)
        {
            _positions[Count] = position;
            slots.CopyTo(_slots, Count++ * columns);
        }

        public int Position(int thread) => _positions[thread];

        public ReadOnlySpan<int> Slots(int thread) => _slots.AsSpan(thread * columns, columns);
    }
}
