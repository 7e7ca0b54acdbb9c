using System;
using System.Collections.Generic;

namespace Slungd.Engine.Model.Regexes;

/// <summary>Code points of Unicode as disjoint ranges in order. Immutable; any thread.</summary>
internal sealed class CodePointSet
{
    public const int Last = 0x10FFFF;

    public static readonly CodePointSet All = new([0, Last]);
    public static readonly CodePointSet Digit = Of(('0', '9'));
    public static readonly CodePointSet Word = Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));
    public static readonly CodePointSet Space = Of(('\t', '\n'), ('\f', '\r'), (' ', ' '));
    public static readonly CodePointSet NewLine = Of(('\n', '\n'));

    private readonly int[] _bounds;
    private readonly ulong _below64;
    private readonly ulong _below128;

    private CodePointSet(int[] bounds)
    {
        _bounds = bounds;
        for (int i = 0; i < bounds.Length; i += 2)
        {
            for (int code = bounds[i]; code <= Math.Min(bounds[i + 1], 127); code++)
            {
                if (code < 64) _below64 |= 1ul << code;
                else _below128 |= 1ul << (code - 64);
            }
        }
    }

    /// <summary>First and last code point of a range, then those of the next one.</summary>
    public ReadOnlySpan<int> Bounds => _bounds;

    public static CodePointSet Of(params ReadOnlySpan<(int First, int Last)> ranges)
    {
        List<(int First, int Last)> list = new(ranges.Length);
        list.AddRange(ranges);
        return Of(list);
    }

    /// <summary>The code points of all ranges, which may lie in any order and overlap; sorts the list.</summary>
    public static CodePointSet Of(List<(int First, int Last)> ranges)
    {
        ranges.Sort();
        List<int> bounds = new(ranges.Count * 2);
        foreach ((int first, int last) in ranges)
        {
            if (bounds.Count > 0 && first <= bounds[^1] + 1) bounds[^1] = Math.Max(bounds[^1], last);
            else bounds.AddRange([first, last]);
        }
        return new CodePointSet([.. bounds]);
    }

    public bool Contains(int code)
    {
        if (code < 64) return (_below64 >> code & 1) != 0;
        if (code < 128) return (_below128 >> (code - 64) & 1) != 0;
        int found = Array.BinarySearch(_bounds, code);
        return found >= 0 || (~found & 1) != 0; // a bound itself, or behind a first one
    }

    public CodePointSet Complement()
    {
        List<int> bounds = [];
        int next = 0;
        for (int i = 0; i < _bounds.Length; i += 2)
        {
            if (_bounds[i] > next) bounds.AddRange([next, _bounds[i] - 1]);
            next = _bounds[i + 1] + 1;
        }
        if (next <= Last) bounds.AddRange([next, Last]);
        return new CodePointSet([.. bounds]);
    }

    public void AddTo(List<(int First, int Last)> ranges)
    {
        for (int i = 0; i < _bounds.Length; i += 2) ranges.Add((_bounds[i], _bounds[i + 1]));
    }
}
