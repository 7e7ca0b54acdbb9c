using System;
using System.Collections.Generic;
using System.Globalization;

namespace Slungd.Engine.Model.Regexes;

/// <summary>What `\p{..}` and `[:..:]` name: categories of Unicode, scripts, POSIX classes.</summary>
internal static class UnicodeClasses
{
    // In the order of UnicodeCategory; what is not assigned has no name in RE2.
    private const string Categories =
        "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So";

    private static readonly Lazy<Dictionary<string, CodePointSet>> s_categories = new(Make);

    /// <summary>A category (`Lu`), a letter for many (`L`), a script (`Greek`), `Any`; null for other names.</summary>
    public static CodePointSet? Named(string name)
    {
        if (name == "Any") return CodePointSet.All;
        return s_categories.Value.TryGetValue(name, out CodePointSet? found) ? found : UnicodeScripts.Named(name);
    }

    /// <summary>`alpha` and the like; null for other names.</summary>
    public static CodePointSet? Posix(string name) => name switch
    {
        "alnum" => CodePointSet.Of(('0', '9'), ('A', 'Z'), ('a', 'z')),
        "alpha" => CodePointSet.Of(('A', 'Z'), ('a', 'z')),
        "ascii" => CodePointSet.Of((0, 0x7F)),
        "blank" => CodePointSet.Of(('\t', '\t'), (' ', ' ')),
        "cntrl" => CodePointSet.Of((0, 0x1F), (0x7F, 0x7F)),
        "digit" => CodePointSet.Digit,
        "graph" => CodePointSet.Of(('!', '~')),
        "lower" => CodePointSet.Of(('a', 'z')),
        "print" => CodePointSet.Of((' ', '~')),
        "punct" => CodePointSet.Of(('!', '/'), (':', '@'), ('[', '`'), ('{', '~')),
        "space" => CodePointSet.Of(('\t', '\r'), (' ', ' ')),
        "upper" => CodePointSet.Of(('A', 'Z')),
        "word" => CodePointSet.Word,
        "xdigit" => CodePointSet.Of(('0', '9'), ('A', 'F'), ('a', 'f')),
        _ => null,
    };

    private static Dictionary<string, CodePointSet> Make()
    {
        string[] names = Categories.Split(' ');
        var ranges = Array.ConvertAll(names, _ => new List<(int First, int Last)>());
        for (int first = 0, code = 1; code <= CodePointSet.Last + 1; code++)
        {
            int category = (int)CharUnicodeInfo.GetUnicodeCategory(first);
            if (code <= CodePointSet.Last && (int)CharUnicodeInfo.GetUnicodeCategory(code) == category) continue;
            if (category < names.Length) ranges[category].Add((first, code - 1));
            first = code;
        }
        Dictionary<string, List<(int First, int Last)>> byName = [];
        for (int i = 0; i < names.Length; i++)
        {
            byName.TryAdd(names[i][..1], []);
            byName[names[i][..1]].AddRange(ranges[i]);
            byName[names[i]] = ranges[i];
        }
        Dictionary<string, CodePointSet> sets = [];
        foreach ((string name, List<(int First, int Last)> list) in byName) sets[name] = CodePointSet.Of(list);
        return sets;
    }
}
