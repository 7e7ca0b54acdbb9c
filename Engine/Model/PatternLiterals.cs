using System;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Engine.Model;

/// <summary>Texts that everything has that matches a regular expression as a whole: a front, an end, and one in
/// between. Comparing them costs a fraction of what an automaton does, and most values of a label fail there. Found by
/// a look at the pattern that gives up on whatever is not simple: then it knows of no literals, which is never
/// wrong.</summary>
internal sealed class PatternLiterals
{
    public static readonly PatternLiterals None = new([], [], []);

    private readonly byte[] _front;
    private readonly byte[] _middle;
    private readonly byte[] _end;

    private PatternLiterals(byte[] front, byte[] middle, byte[] end)
    {
        _front = front;
        _middle = middle;
        _end = end;
    }

    /// <summary>False for what can't match.</summary>
    public bool MayMatch(ReadOnlySpan<byte> text) =>
        text.StartsWith(_front) && text.EndsWith(_end) && (_middle.Length == 0 || text.IndexOf(_middle) >= 0);

    /// <summary>The literals of a pattern in RE2's syntax that was read without an error.</summary>
    public static PatternLiterals Of(string pattern)
    {
        var runs = new List<(int Start, string Text)>(); // outside of groups and classes
        var run = new StringBuilder();
        int runStart = 0, depth = 0;
        for (int i = 0; i < pattern.Length;)
        {
            int length = LengthOfLiteral(pattern, i);
            if (length < 0) return None;
            if (length > 0)
            {
                if (depth == 0 && run.Length == 0) runStart = i;
                if (depth == 0) run.Append(pattern[i + length - 1]);
                i += length;
                continue;
            }
            char c = pattern[i];
            if (c == '|' && depth == 0) return None;
            if (c is '*' or '?' or '{' && run.Length > 0) run.Length--;
            if (run.Length > 0) runs.Add((runStart, run.ToString()));
            run.Clear();
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            i = EndOfSpecial(pattern, i);
            if (i < 0) return None;
        }
        byte[] end = Encoding.UTF8.GetBytes(run.ToString());
        byte[] front = runs.Count > 0 && runs[0].Start == 0 ? Encoding.UTF8.GetBytes(runs[0].Text) : [];
        string middle = "";
        for (int i = front.Length > 0 ? 1 : 0; i < runs.Count; i++)
            if (runs[i].Text.Length > middle.Length) middle = runs[i].Text;
        return new PatternLiterals(front, Encoding.UTF8.GetBytes(middle), end);
    }

    /// <summary>1 for a character that stands for itself, 2 for an escaped one, 0 for anything else; negative: give
    /// up.</summary>
    private static int LengthOfLiteral(string pattern, int at)
    {
        char c = pattern[at];
        if (c == '\\')
        {
            if (at + 1 == pattern.Length) return -1;
            char escaped = pattern[at + 1];
            if (char.IsAsciiLetterOrDigit(escaped)) return escaped is 'd' or 'D' or 's' or 'S' or 'w' or 'W' ? 0 : -1;
            return char.IsAscii(escaped) ? 2 : -1;
        }
        // Half a character is no text, and what shows as U+FFFD may be other bytes.
        if (char.IsSurrogate(c) || c == '\ufffd') return -1;
        return "()[{.*+?|^$".Contains(c, StringComparison.Ordinal) ? 0 : 1;
    }

    /// <summary>Behind what is no literal; negative: give up.</summary>
    private static int EndOfSpecial(string pattern, int at) => pattern[at] switch
    {
        '\\' => at + 2,
        '[' => EndOfClass(pattern, at),
        // Flags could say that letters stand for others; a group without flags does not.
        '(' when at + 1 < pattern.Length && pattern[at + 1] == '?' =>
            at + 2 < pattern.Length && pattern[at + 2] == ':' ? at + 3 : -1,
        '{' => EndOfRepeat(pattern, at),
        _ => at + 1,
    };

    private static int EndOfClass(string pattern, int at)
    {
        int i = at + 1;
        if (i < pattern.Length && pattern[i] == '^') i++;
        if (i < pattern.Length && pattern[i] == ']') i++;
        for (; i < pattern.Length && pattern[i] != ']'; i++)
            if (pattern[i] is '\\' or '[') return -1; // escapes and [:names:]
        return i < pattern.Length ? i + 1 : -1;
    }

    /// <summary>`{n}`, `{n,}` or `{n,m}`; anything else in braces is literal text, and rare.</summary>
    private static int EndOfRepeat(string pattern, int at)
    {
        int i = at + 1;
        while (i < pattern.Length && (char.IsAsciiDigit(pattern[i]) || pattern[i] == ',')) i++;
        bool isRepeat = i < pattern.Length && pattern[i] == '}' && char.IsAsciiDigit(pattern[at + 1]);
        return isRepeat ? i + 1 : -1;
    }
}
