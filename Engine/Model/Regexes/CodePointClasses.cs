using System;
using System.Collections.Generic;

namespace Slungd.Engine.Model.Regexes;

/// <summary>Code points that no set of a program tells apart are one class: the alphabet of its automaton.</summary>
internal sealed class CodePointClasses
{
    private const int MaxWork = 1 << 22; // starts that sets go over: some 50 ms

    private readonly ushort[] _ascii = new ushort[128];
    private readonly int[] _starts;
    private readonly ushort[] _classes; // of the code points from the start with the same index
    private readonly List<int> _members = []; // one of each class

    /// <summary>Throws <see cref="RegexSyntaxException"/> where the sets have too many ranges in common.</summary>
    /// <param name="sets">All sets of the program.</param>
    /// <param name="pattern">What they come from.</param>
    public CodePointClasses(IEnumerable<CodePointSet> sets, string pattern)
    {
        HashSet<CodePointSet> distinct = [.. sets];
        SortedSet<int> starts = [0];
        foreach (CodePointSet set in distinct)
        {
            for (int i = 0; i < set.Bounds.Length; i += 2)
            {
                starts.Add(set.Bounds[i]);
                starts.Add(set.Bounds[i + 1] + 1);
            }
        }
        starts.Remove(CodePointSet.Last + 1);
        _starts = [.. starts];
        int[] classes = new int[_starts.Length];
        int count = 1;
        int work = 0;
        foreach (CodePointSet set in distinct)
        {
            count = Refine(classes, count, set.Bounds, ref work);
            if (work > MaxWork) throw new RegexSyntaxException("expression too large", pattern);
        }
        _classes = Number(classes);
        if (Count > ushort.MaxValue) throw new RegexSyntaxException("expression too large", pattern);
        for (int i = 0; i < _ascii.Length; i++) _ascii[i] = Find(i);
    }

    public int Count => _members.Count;

    public int Of(int code) => code < _ascii.Length ? _ascii[code] : Find(code);

    /// <summary>A code point of the class.</summary>
    public int Member(int @class) => _members[@class];

    /// <summary>What is in the set leaves the classes that it was in for new ones.</summary>
    private int Refine(int[] classes, int count, ReadOnlySpan<int> bounds, ref int work)
    {
        Dictionary<int, int> split = [];
        for (int i = 0; i < bounds.Length; i += 2)
        {
            int at = Array.BinarySearch(_starts, bounds[i]);
            for (; at < _starts.Length && _starts[at] <= bounds[i + 1]; at++)
            {
                if (!split.TryGetValue(classes[at], out int part)) split[classes[at]] = part = count++;
                classes[at] = part;
                work++;
            }
        }
        return count;
    }

    private ushort[] Number(int[] classes)
    {
        Dictionary<int, ushort> numbers = [];
        ushort[] numbered = new ushort[classes.Length];
        for (int i = 0; i < classes.Length; i++)
        {
            if (!numbers.TryGetValue(classes[i], out ushort number))
            {
                numbers[classes[i]] = number = (ushort)_members.Count;
                _members.Add(_starts[i]);
            }
            numbered[i] = number;
        }
        return numbered;
    }

    private ushort Find(int code)
    {
        int at = Array.BinarySearch(_starts, code);
        return _classes[at >= 0 ? at : ~at - 1];
    }
}
