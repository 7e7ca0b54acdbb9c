using System;
using System.Collections.Generic;

namespace Slungd.Engine.Model.Regexes;

/// <summary>Escapes, and classes in brackets.</summary>
internal sealed partial class RegexParser
{
    private const string BadRange = "invalid character class range";

    private void Escape()
    {
        RegexNodeKind? assertion = _at + 1 == _text.Length ? null : _text[_at + 1] switch
        {
            'A' => RegexNodeKind.BeginText,
            'z' => RegexNodeKind.EndText,
            'b' => RegexNodeKind.WordBoundary,
            'B' => RegexNodeKind.NotWordBoundary,
            _ => null,
        };
        if (assertion is { } kind)
        {
            _at += 2;
            Add(new RegexNode(kind, []));
        }
        else if (Starts("\\Q"))
        {
            Quoted();
        }
        else if (Named() is { } set)
        {
            Add(RegexNode.Of(set));
        }
        else
        {
            AddLiteral(EscapedCode());
        }
    }

    /// <summary>`\Q...\E`, or to the end.</summary>
    private void Quoted()
    {
        int end = _text.IndexOf("\\E", _at + 2, StringComparison.Ordinal);
        int last = end < 0 ? _text.Length : end;
        for (_at += 2; _at < last;) AddLiteral(Next());
        if (end >= 0) _at = end + 2;
    }

    /// <summary>A class in brackets.</summary>
    private CodePointSet Class()
    {
        int from = _at++;
        bool isNegated = _at < _text.Length && _text[_at] == '^';
        if (isNegated) _at++;
        List<(int First, int Last)> ranges = [];
        for (bool isFirst = true; _at == _text.Length || _text[_at] != ']' || isFirst; isFirst = false)
        {
            if (TryPosix(ranges)) continue;
            if (Named() is { } named)
            {
                AddTo(ranges, named);
                continue;
            }
            int range = _at, first = ClassCode(from), last = first;
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
            {
                _at++;
                last = ClassCode(from);
                if (last < first) throw new RegexSyntaxException(BadRange, _text[range.._at]);
            }
            AddSet(ranges, CodePointSet.Of((first, last)), isNegated: false);
        }
        _at++;
        CodePointSet set = CodePointSet.Of(ranges);
        return isNegated ? set.Complement() : set;
    }

    private int ClassCode(int from)
    {
        if (_at == _text.Length) throw new RegexSyntaxException("missing closing ]", _text[from..]);
        return _text[_at] == '\\' ? EscapedCode() : Next();
    }

    private void AddSet(List<(int First, int Last)> ranges, CodePointSet set, bool isNegated) =>
        AddTo(ranges, InMode(set, isNegated));

    private void AddTo(List<(int First, int Last)> ranges, CodePointSet set)
    {
        CountRanges(set.Bounds.Length / 2);
        set.AddTo(ranges);
    }

    /// <summary>Letters that stand for their other case, too, do so before a negation.</summary>
    private CodePointSet InMode(CodePointSet set, bool isNegated)
    {
        if (Has(Mode.FoldCase))
        {
            List<(int First, int Last)> folded = [];
            set.AddTo(folded);
            CaseOrbits.AddTo(folded);
            CountRanges(folded.Count);
            set = CodePointSet.Of(folded);
        }
        return isNegated ? set.Complement() : set;
    }

    // Before they are stored or sorted: a class of three characters may be hundreds of ranges.
    private void CountRanges(int count)
    {
        _ranges += count;
        if (_ranges > MaxRanges) throw new RegexSyntaxException(TooLarge, _text);
    }

    /// <summary>`[:alpha:]` and `[:^alpha:]`, in brackets.</summary>
    private bool TryPosix(List<(int First, int Last)> ranges)
    {
        if (!Starts("[:")) return false;
        int end = _text.IndexOf(":]", _at + 2, StringComparison.Ordinal);
        if (end < 0) return false;
        string name = _text[(_at + 2)..end];
        bool isNegated = name.StartsWith('^');
        CodePointSet set = UnicodeClasses.Posix(isNegated ? name[1..] : name) ??
            throw new RegexSyntaxException(BadRange, _text[_at..(end + 2)]);
        AddSet(ranges, set, isNegated);
        _at = end + 2;
        return true;
    }

    /// <summary>`\d`, `\pL`, `\p{Greek}`, `\p{^Lu}` and the like; null for others.</summary>
    private CodePointSet? Named()
    {
        if (_at + 1 >= _text.Length || _text[_at] != '\\') return null;
        char c = _text[_at + 1];
        if (c is 'p' or 'P') return Property();
        CodePointSet? set = char.ToLowerInvariant(c) switch
        {
            'd' => CodePointSet.Digit,
            's' => CodePointSet.Space,
            'w' => CodePointSet.Word,
            _ => null,
        };
        if (set is null) return null;
        _at += 2;
        return Named(set, char.IsUpper(c));
    }

    /// <summary>One object, made once, however often the pattern names it.</summary>
    private CodePointSet Named(CodePointSet set, bool isNegated)
    {
        (CodePointSet, bool, bool) key = (set, Has(Mode.FoldCase), isNegated);
        if (!_named.TryGetValue(key, out CodePointSet? known)) _named[key] = known = InMode(set, isNegated);
        return known;
    }

    private CodePointSet Property()
    {
        int from = _at;
        bool isNegated = _text[_at + 1] == 'P';
        _at += 2;
        string name = "";
        if (_at < _text.Length && _text[_at] == '{')
        {
            int end = _text.IndexOf('}', _at);
            if (end < 0) throw new RegexSyntaxException(BadRange, _text[from..]);
            name = _text[(_at + 1)..end];
            _at = end + 1;
        }
        else if (_at < _text.Length)
        {
            int start = _at;
            Next();
            name = _text[start.._at];
        }
        if (name.StartsWith('^'))
        {
            isNegated = !isNegated;
            name = name[1..];
        }
        CodePointSet set = UnicodeClasses.Named(name) ?? throw new RegexSyntaxException(BadRange, _text[from.._at]);
        return Named(set, isNegated);
    }

    /// <summary>The code point that an escape stands for.</summary>
    private int EscapedCode()
    {
        int from = _at++;
        if (_at == _text.Length) throw new RegexSyntaxException("trailing backslash at end of expression", "");
        int c = Next();
        if (c < 0x80 && !char.IsAsciiLetterOrDigit((char)c)) return c;
        bool isOctal = c == '0' || c is >= '1' and <= '7' && _at < _text.Length && _text[_at] is >= '0' and <= '7';
        if (isOctal)
        {
            int code = c - '0';
            for (int i = 1; i < 3 && _at < _text.Length && _text[_at] is >= '0' and <= '7'; i++)
                code = code * 8 + _text[_at++] - '0';
            return code;
        }
        int? other = c switch
        {
            'a' => '\a',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            'x' => Hexadecimal(),
            _ => null,
        };
        return other ?? throw new RegexSyntaxException("invalid escape sequence", _text[from.._at]);
    }

    /// <summary>The rest of `\x7F` or `\x{10FFFF}`.</summary>
    private int? Hexadecimal()
    {
        bool hasBraces = _at < _text.Length && _text[_at] == '{';
        if (hasBraces) _at++;
        int code = 0, digits = 0;
        while (_at < _text.Length && char.IsAsciiHexDigit(_text[_at]) && (hasBraces || digits < 2))
        {
            code = code * 16 + Convert.ToInt32(_text[_at++].ToString(), 16);
            digits++;
            if (code > CodePointSet.Last) return null;
        }
        if (!hasBraces) return digits == 2 ? code : null;
        if (_at == _text.Length || _text[_at] != '}' || digits == 0) return null;
        _at++;
        return code;
    }
}
