using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model.Regexes;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>A regular expression and the text that label_replace() makes of a value that matches it as a whole: $1,
/// ${1}, $name and ${name} are groups, counted from the left whether they have names or not; $$ is a dollar. As Go's
/// Regexp.Expand: a name is as long as it can be, one that no group has is nothing. One thread.</summary>
internal sealed class LabelTemplate
{
    private readonly List<(string Text, int[] Groups)> _pieces = []; // the text, then the first group that took part
    private readonly RegexSubmatches _submatches;

    /// <summary>Throws <see cref="RegexSyntaxException"/>.</summary>
    public LabelTemplate(RegexProgram program, string template)
    {
        HashSet<int> wanted = [];
        StringBuilder text = new();
        for (int i = 0; i < template.Length;)
        {
            if (template[i] == '$' && TryReadName(template, i + 1, out int end, out string name))
            {
                int[] groups = GroupsOf(program.GroupNames, name);
                wanted.UnionWith(groups);
                _pieces.Add((text.ToString(), groups));
                text.Clear();
                i = end;
                continue;
            }
            text.Append(template[i]);
            i += template[i] == '$' && i + 1 < template.Length && template[i + 1] == '$' ? 2 : 1;
        }
        _pieces.Add((text.ToString(), []));
        _submatches = new RegexSubmatches(program, wanted);
    }

    /// <summary>The text for a value; null if it does not match.</summary>
    /// <param name="value">What is to match.</param>
    /// <param name="maxChars">Of a text that is longer not all is there, but more than that.</param>
    /// <param name="look">Called now and then where matching takes long: throws to end it.</param>
    public string? Replace(string value, int maxChars = int.MaxValue, Action? look = null)
    {
        if (!_submatches.TryMatch(value, look)) return null;
        if (_pieces.Count == 1) return _pieces[0].Text;
        StringBuilder text = new();
        foreach ((string before, int[] groups) in _pieces)
        {
            if (text.Length > maxChars) break;
            text.Append(before);
            foreach (int group in groups)
            {
                if (!_submatches.TryGet(group, value, out ReadOnlySpan<char> taken)) continue;
                text.Append(taken);
                break;
            }
        }
        return text.ToString();
    }

    private static bool TryReadName(string template, int at, out int end, out string name)
    {
        bool hasBraces = at < template.Length && template[at] == '{';
        int from = hasBraces ? at + 1 : at;
        end = from;
        while (end < template.Length && Rune.TryGetRuneAt(template, end, out Rune rune) &&
            (Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber ||
            rune.Value == '_')) end += rune.Utf16SequenceLength;
        name = template[from..end];
        if (name.Length == 0) return false;
        return !hasBraces || end < template.Length && template[end++] == '}';
    }

    /// <summary>A number without a zero before it, or a name, which several groups may share.</summary>
    private static int[] GroupsOf(string?[] names, string name)
    {
        bool isNumber = name[0] != '0' || name.Length == 1;
        if (isNumber && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return number < names.Length ? [number] : [];
        List<int> groups = [];
        for (int i = 1; i < names.Length; i++)
            if (names[i] == name) groups.Add(i);
        return [.. groups];
    }
}
