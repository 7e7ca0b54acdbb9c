using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Slungd.Engine.Model.Regexes;

/// <summary>Reads regular expressions in the syntax of RE2 as Go has it (https://pkg.go.dev/regexp/syntax), which
/// Prometheus speaks, and nothing beyond it: what RE2 refuses is refused in its words.</summary>
internal sealed partial class RegexParser
{
    private const int MaxHeight = 1000;
    private const int MaxRepeat = 1000;
    private const int MaxRanges = 1 << 17; // of all classes as they are written: 1 MiB, sorted in milliseconds
    private const int MaxNodes = RegexProgram.MaxInstructions * 4; // groups and alternatives count, instructions or not
    private const string TooLarge = "expression too large";
    private const string BadPerl = "invalid or unsupported Perl syntax";
    private const string NoParen = "missing closing )";

    [Flags]
    private enum Mode : byte
    {
        None = 0,
        FoldCase = 1,
        DotIsAll = 2,
        Lines = 4,
        Lazy = 8,
    }

    /// <summary>An open parenthesis, or the whole.</summary>
    private sealed class Level(int group, Mode modeOutside)
    {
        public readonly int Group = group; // 0: captures nothing
        public readonly Mode ModeOutside = modeOutside;
        public readonly List<RegexNode> Alternatives = [];
        public readonly List<RegexNode> Parts = [];
    }

    private readonly string _text;
    private readonly List<string?> _names = [null];
    private readonly Stack<Level> _open = new();
    private readonly Dictionary<(CodePointSet Set, bool IsFolded, bool IsNegated), CodePointSet> _named = [];
    private Level _level = new(0, Mode.None);
    private Mode _mode;
    private int _at;
    private int _nodes;
    private int _ranges;

    private RegexParser(string text, bool dotIsAll)
    {
        _text = text;
        _mode = dotIsAll ? Mode.DotIsAll : Mode.None;
    }

    /// <summary>Reads a pattern; throws <see cref="RegexSyntaxException"/>.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="dotIsAll">Whether `.` is a line's end, too, where the pattern does not say.</param>
    /// <param name="names">The groups' names; null for those without. The first is the whole.</param>
    public static RegexNode Parse(string text, bool dotIsAll, out string?[] names)
    {
        RegexParser parser = new(text, dotIsAll);
        RegexNode node = parser.Parse();
        names = [.. parser._names];
        return node;
    }

    private RegexNode Parse()
    {
        int repeatAt = -1; // where the repeat begins that was read last, if nothing followed
        while (_at < _text.Length)
        {
            int from = _at;
            char c = _text[_at];
            if (c is '*' or '+' or '?' || c == '{' && IsCount(out _, out _, out _))
            {
                Repeat(repeatAt);
                repeatAt = repeatAt < 0 ? from : repeatAt;
                continue;
            }
            repeatAt = -1;
            if (c == '(') Open();
            else if (c == ')') Close();
            else if (c == '\\') Escape();
            else if (c == '[') Add(RegexNode.Of(Class()));
            else Plain(c);
        }
        if (_open.Count > 0) throw new RegexSyntaxException(NoParen, _text);
        return End(_level);
    }

    private void Plain(char c)
    {
        if (c == '|')
        {
            EndAlternative(_level);
            _at++;
            return;
        }
        RegexNodeKind? assertion = c switch
        {
            '^' => Has(Mode.Lines) ? RegexNodeKind.BeginLine : RegexNodeKind.BeginText,
            '$' => Has(Mode.Lines) ? RegexNodeKind.EndLine : RegexNodeKind.EndText,
            _ => null,
        };
        if (assertion is { } kind)
        {
            Add(new RegexNode(kind, []));
            _at++;
        }
        else if (c == '.')
        {
            Add(RegexNode.Of(Has(Mode.DotIsAll) ? CodePointSet.All : CodePointSet.NewLine.Complement()));
            _at++;
        }
        else
        {
            AddLiteral(Next());
        }
    }

    private void Add(RegexNode node)
    {
        if (node.Height + _open.Count > MaxHeight) throw new RegexSyntaxException("expression nests too deeply", _text);
        CountNode();
        _level.Parts.Add(node);
    }

    // Before the program is made of them: what is read must not take more than what is refused behind it.
    private void CountNode()
    {
        if (++_nodes > MaxNodes) throw new RegexSyntaxException(TooLarge, _text);
    }

    private void AddLiteral(int code) =>
        Add(RegexNode.Of(Has(Mode.FoldCase) ? CaseOrbits.Of(code) : CodePointSet.Of((code, code))));

    private void EndAlternative(Level level)
    {
        CountNode();
        level.Alternatives.Add(level.Parts.Count == 1 ? level.Parts[0]
            : new RegexNode(RegexNodeKind.Concat, [.. level.Parts]));
        level.Parts.Clear();
    }

    private RegexNode End(Level level)
    {
        EndAlternative(level);
        return level.Alternatives.Count == 1 ? level.Alternatives[0]
            : new RegexNode(RegexNodeKind.Alternate, [.. level.Alternatives]);
    }

    private void Repeat(int repeatAt)
    {
        int from = _at, min = _text[_at] == '+' ? 1 : 0;
        int? max = _text[_at] == '?' ? 1 : null;
        bool isCounted = _text[_at] == '{';
        if (!isCounted) _at++;
        else if (IsCount(out min, out max, out int after)) _at = after;
        string repeat = _text[from.._at];
        if (isCounted && (min > MaxRepeat || max > MaxRepeat || max < min))
            throw new RegexSyntaxException("invalid repeat count", repeat);
        bool isLazy = Has(Mode.Lazy);
        if (_at < _text.Length && _text[_at] == '?')
        {
            _at++;
            isLazy = !isLazy;
        }
        if (repeatAt >= 0) throw new RegexSyntaxException("invalid nested repetition operator", _text[repeatAt.._at]);
        if (_level.Parts.Count == 0)
            throw new RegexSyntaxException("missing argument to repetition operator", _text[from.._at]);
        RegexNode node = RegexNode.Repeat(_level.Parts[^1], min, max, isLazy, isCounted);
        if (node.Repeats > MaxRepeat) throw new RegexSyntaxException("invalid repeat count", repeat);
        _level.Parts.RemoveAt(_level.Parts.Count - 1);
        Add(node);
    }

    /// <summary>`{n}`, `{n,}` or `{n,m}`; other braces are literal. Numbers too large for an int are its
    /// maximum.</summary>
    private bool IsCount(out int min, out int? max, out int after)
    {
        after = _at + 1;
        max = null;
        if (!Number(ref after, out min)) return false;
        if (after < _text.Length && _text[after] == ',')
        {
            after++;
            if (after < _text.Length && _text[after] == '}') return after++ >= 0;
            if (!Number(ref after, out int most)) return false;
            max = most;
        }
        else
        {
            max = min;
        }
        return after < _text.Length && _text[after++] == '}';
    }

    private bool Number(ref int at, out int value)
    {
        int from = at;
        while (at < _text.Length && char.IsAsciiDigit(_text[at])) at++;
        value = 0;
        if (at == from || at > from + 1 && _text[from] == '0') return false;
        if (!int.TryParse(_text.AsSpan(from, at - from), NumberStyles.None, CultureInfo.InvariantCulture, out value))
            value = int.MaxValue;
        return true;
    }

    private void Open()
    {
        if (_at + 1 == _text.Length || _text[_at + 1] != '?')
        {
            _at++;
            _names.Add(null);
            Enter(_names.Count - 1, _mode);
            return;
        }
        bool isLookbehind = Starts("(?<=") || Starts("(?<!");
        int name = Starts("(?P<") ? _at + 4 : Starts("(?<") && !isLookbehind ? _at + 3 : 0;
        if (name == 0) Flags();
        else Name(name);
    }

    private void Enter(int group, Mode modeOutside)
    {
        _open.Push(_level);
        if (_open.Count >= MaxHeight) throw new RegexSyntaxException("expression nests too deeply", _text);
        _level = new Level(group, modeOutside);
    }

    private void Name(int from)
    {
        int end = _text.IndexOf('>', from);
        string whole = end < 0 ? _text[_at..] : _text[_at..(end + 1)];
        string name = end < 0 ? "" : _text[from..end];
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                throw new RegexSyntaxException("invalid named capture", whole);
        if (name.Length == 0) throw new RegexSyntaxException("invalid named capture", whole);
        _at = end + 1;
        _names.Add(name);
        Enter(_names.Count - 1, _mode);
    }

    /// <summary>`(?i)`, `(?i-s:`, `(?:`</summary>
    private void Flags()
    {
        int from = _at, at = _at + 2;
        Mode on = Mode.None, off = Mode.None;
        bool isOff = false, sawFlag = false;
        for (; at < _text.Length; at++)
        {
            char c = _text[at];
            Mode flag = c switch
            {
                'i' => Mode.FoldCase,
                's' => Mode.DotIsAll,
                'm' => Mode.Lines,
                'U' => Mode.Lazy,
                _ => Mode.None,
            };
            if (c is ':' or ')' && (sawFlag || !isOff))
            {
                Mode outside = _mode;
                _mode = (_mode | on) & ~off;
                _at = at + 1;
                if (c == ':') Enter(0, outside);
                return;
            }
            if (flag == Mode.None && (c != '-' || isOff)) break;
            if (isOff) off |= flag;
            else on |= flag;
            sawFlag = flag != Mode.None;
            isOff |= c == '-';
        }
        if (at == _text.Length) throw new RegexSyntaxException(NoParen, _text);
        throw new RegexSyntaxException(BadPerl, _text[from..(at + 1)]);
    }

    private void Close()
    {
        if (_open.Count == 0) throw new RegexSyntaxException("unexpected )", _text);
        Level closed = _level;
        RegexNode node = End(closed);
        _mode = closed.ModeOutside;
        _level = _open.Pop();
        _at++;
        Add(closed.Group == 0 ? node : RegexNode.Capture(closed.Group, node));
    }

    private bool Has(Mode mode) => (_mode & mode) != 0;

    private bool Starts(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    private int Next()
    {
        if (!Rune.TryGetRuneAt(_text, _at, out Rune rune))
            throw new RegexSyntaxException("invalid UTF-8", _text[_at..]);
        _at += rune.Utf16SequenceLength;
        return rune.Value;
    }
}
