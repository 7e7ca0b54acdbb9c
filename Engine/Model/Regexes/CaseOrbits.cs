using System;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Engine.Model.Regexes;

/// <summary>Code points that differ in case alone, as Unicode's simple case folding has them: `s`, `S` and `ſ`; `σ`,
/// `Σ` and `ς`; `k`, `K` and the sign of the kelvin.</summary>
internal static class CaseOrbits
{
    private const int LastWithCase = 0x1FFFF;

    private static readonly Lazy<Dictionary<int, int[]>> s_orbits = new(Make);
    private static readonly Lazy<int[]> s_members = new(() =>
    {
        int[] members = [.. s_orbits.Value.Keys];
        Array.Sort(members);
        return members;
    });

    /// <summary>All that are equal to the code point but for case, and itself.</summary>
    public static CodePointSet Of(int code)
    {
        if (!s_orbits.Value.TryGetValue(code, out int[]? orbit)) return CodePointSet.Of((code, code));
        return CodePointSet.Of(Array.ConvertAll(orbit, member => (member, member)));
    }

    /// <summary>Adds all that are equal but for case to one of the ranges'.</summary>
    public static void AddTo(List<(int First, int Last)> ranges)
    {
        int count = ranges.Count;
        for (int i = 0; i < count; i++)
        {
            (int first, int last) = ranges[i];
            int at = Array.BinarySearch(s_members.Value, first);
            for (at = at < 0 ? ~at : at; at < s_members.Value.Length && s_members.Value[at] <= last; at++)
                foreach (int member in s_orbits.Value[s_members.Value[at]]) ranges.Add((member, member));
        }
    }

    private static Dictionary<int, int[]> Make()
    {
        Dictionary<int, int[]> orbits = [];
        for (int code = 0; code <= LastWithCase; code++)
        {
            if (!Rune.TryCreate(code, out Rune rune)) continue;
            Join(orbits, code, Rune.ToLowerInvariant(rune).Value);
            Join(orbits, code, Rune.ToUpperInvariant(rune).Value);
        }
        Join(orbits, 's', 'ſ'); // the framework leaves ASCII alone
        Join(orbits, 'k', '\u212A');
        return orbits;
    }

    private static void Join(Dictionary<int, int[]> orbits, int one, int other)
    {
        int[] left = orbits.TryGetValue(one, out int[]? found) ? found : [one];
        if (Array.IndexOf(left, other) >= 0) return;
        int[] joined = [.. left, .. orbits.TryGetValue(other, out found) ? found : [other]];
        foreach (int member in joined) orbits[member] = joined;
    }
}
