using System;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Cuts a query into tokens (Prometheus 3.5, promql/parser/lex.go, for the rules). A token that can't be read
/// is Bad, its text says why; nothing is read behind it.</summary>
internal ref struct Lexer
{
    private readonly string _text;
    private int _at;
    private bool _inBraces;
    private bool _inBrackets;

    public Lexer(string text) => _text = text;

    public Token Next()
    {
        SkipBlanks();
        if (_at >= _text.Length) return AtEnd();
        int start = _at;
        char c = _text[_at];
        if (c is '"' or '\'' or '`') return ReadString(c);
        if (_inBraces) return InBraces(start, c);
        if (char.IsAsciiDigit(c) || c == '.' && char.IsAsciiDigit(Peek(1))) return ReadNumberOrDuration();
        if (char.IsAsciiLetter(c) || c is '_' || c == ':' && !_inBrackets) return ReadWord();
        _at++;
        switch (c)
        {
            case '(': return Make(TokenKind.LeftParen, start);
            case ')': return Make(TokenKind.RightParen, start);
            case ',': return Make(TokenKind.Comma, start);
            case '+': return Make(TokenKind.Add, start);
            case '-': return Make(TokenKind.Sub, start);
            case '*': return Make(TokenKind.Mul, start);
            case '/': return Make(TokenKind.Div, start);
            case '%': return Make(TokenKind.Mod, start);
            case '^': return Make(TokenKind.Pow, start);
            case '@': return Make(TokenKind.At, start);
            case ':': return Make(TokenKind.Colon, start);
            case '<': return Accept('=') ? Make(TokenKind.LessOrEqual, start) : Make(TokenKind.Less, start);
            case '>': return Accept('=') ? Make(TokenKind.GreaterOrEqual, start) : Make(TokenKind.Greater, start);
            case '=' when Accept('='): return Make(TokenKind.Equal, start);
            case '=' when Peek(0) == '~': return Bad(start, "unexpected character after '=': '~'");
            case '=': return Make(TokenKind.Assign, start);
            case '!' when Accept('='): return Make(TokenKind.NotEqual, start);
            case '!': return Bad(start, $"unexpected character after '!': {Quoted(_at)}");
            case '{':
                _inBraces = true;
                return Make(TokenKind.LeftBrace, start);
            case '}': return Bad(start, "unexpected right brace '}'");
            case '[' when _inBrackets: return Bad(start, "unexpected left bracket '['");
            case '[':
                _inBrackets = true;
                return Make(TokenKind.LeftBracket, start);
            case ']' when !_inBrackets: return Bad(start, "unexpected right bracket ']'");
            case ']':
                _inBrackets = false;
                return Make(TokenKind.RightBracket, start);
            default: return Bad(start, $"unexpected character: {Quoted(start)}");
        }
    }

    private Token InBraces(int start, char c)
    {
        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (char.IsAsciiLetterOrDigit(Peek(0)) || Peek(0) == '_') _at++;
            return Make(TokenKind.Identifier, start);
        }
        _at++;
        switch (c)
        {
            case ',': return Make(TokenKind.Comma, start);
            case '=' when Accept('~'): return Make(TokenKind.MatchRegex, start);
            case '=': return Make(TokenKind.Assign, start);
            case '!' when Accept('~'): return Make(TokenKind.NotMatchRegex, start);
            case '!' when Accept('='): return Make(TokenKind.NotEqual, start);
            case '!': return Bad(start, $"unexpected character after '!' inside braces: {Quoted(_at)}");
            case '{': return Bad(start, "unexpected left brace '{'");
            case '}':
                _inBraces = false;
                return Make(TokenKind.RightBrace, start);
            default: return Bad(start, $"unexpected character inside braces: {Quoted(start)}");
        }
    }

    private Token AtEnd()
    {
        if (_inBraces) return Bad(_at, "unexpected end of input inside braces");
        if (_inBrackets) return Bad(_at, "unexpected end of input in duration expression");
        return new Token(TokenKind.EndOfInput, new TextRange(_text.Length, _text.Length), "");
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c is ' ' or '\t' or '\n' or '\r')
            {
                _at++;
            }
            else if (c == '#')
            {
                while (_at < _text.Length && _text[_at] is not ('\n' or '\r')) _at++;
            }
            else
            {
                return;
            }
        }
    }

    private Token ReadWord()
    {
        int start = _at;
        bool colon = false;
        while (char.IsAsciiLetterOrDigit(Peek(0)) || Peek(0) == '_' || Peek(0) == ':' && !_inBrackets)
        {
            colon |= Peek(0) == ':';
            _at++;
        }
        string word = _text[start.._at];
        TokenKind kind = colon ? TokenKind.MetricIdentifier : TokenKinds.OfWord(word);
        return new Token(kind, new TextRange(start, _at), word);
    }

    // A number not followed by a letter, else digits and units.
    private Token ReadNumberOrDuration()
    {
        int start = _at;
        if (SkipNumber() && !char.IsAsciiLetterOrDigit(Peek(0)) && Peek(0) != '_') return Make(TokenKind.Number, start);
        _at = start;
        while (char.IsAsciiDigit(Peek(0))) _at++;
        bool first = true;
        while (first || SkipDigits())
        {
            if (Peek(0) is not ('s' or 'm' or 'h' or 'd' or 'w' or 'y')) break;
            first = false;
            bool milli = Peek(0) == 'm';
            _at++;
            if (milli) Accept('s');
        }
        bool ended = !first && !char.IsAsciiLetterOrDigit(Peek(0)) && Peek(0) != '_' && !char.IsAsciiDigit(
            _text[_at - 1]);
        if (ended) return Make(TokenKind.Duration, start);
        while (char.IsAsciiLetterOrDigit(Peek(0)) || Peek(0) is '_' or '.') _at++;
        return Bad(start, $"bad number or duration syntax: \"{_text[start.._at]}\"");
    }

    private bool SkipDigits()
    {
        int from = _at;
        while (char.IsAsciiDigit(Peek(0))) _at++;
        return _at > from;
    }

    private bool SkipNumber()
    {
        if (Peek(0) == '0' && Peek(1) is 'x' or 'X')
        {
            _at += 2;
            int from = _at;
            while (char.IsAsciiHexDigit(Peek(0)) || Peek(0) == '_') _at++;
            return _at > from;
        }
        SkipSpacedDigits();
        if (Accept('.')) SkipSpacedDigits();
        if (Peek(0) is 'e' or 'E')
        {
            int sign = Peek(1) is '+' or '-' ? 2 : 1;
            if (!char.IsAsciiDigit(Peek(sign))) return false;
            _at += sign;
            SkipSpacedDigits();
        }
        return true;
    }

    private void SkipSpacedDigits()
    {
        while (char.IsAsciiDigit(Peek(0)) || Peek(0) == '_' && char.IsAsciiDigit(Peek(1))) _at++;
    }

    private Token ReadString(char quote)
    {
        int start = _at++;
        while (_at < _text.Length)
        {
            char c = _text[_at++];
            if (c == quote) return Make(TokenKind.String, start);
            if (quote == '`') continue;
            if (c == '\n') break;
            if (c == '\\' && _at < _text.Length)
            {
                if (_text[_at] == '\n') break;
                _at++;
            }
        }
        return Bad(start, quote == '`' ? "unterminated raw string" : "unterminated quoted string");
    }

    private readonly char Peek(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private bool Accept(char c)
    {
        if (Peek(0) != c) return false;
        _at++;
        return true;
    }

    private readonly string Quoted(int at) => at < _text.Length ? $"'{_text[at]}'" : "end of input";

    private readonly Token Make(TokenKind kind, int start) =>
        new(kind, new TextRange(start, _at), _text[start.._at]);

    private Token Bad(int start, string why)
    {
        Token bad = new(TokenKind.Bad, new TextRange(start, Math.Max(_at, start)), why);
        _at = _text.Length;
        _inBraces = _inBrackets = false;
        return bad;
    }
}
