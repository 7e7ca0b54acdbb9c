using System;
using System.Buffers;

namespace Slungd.Ingest.Protocols.Exposition;

/// <summary>Takes one line apart from left to right. A copy remembers a place.</summary>
internal ref struct LineReader(ReadOnlySpan<byte> line)
{
    private static readonly SearchValues<byte> s_blanks = SearchValues.Create(" \t"u8);
    private static readonly SearchValues<byte> s_nameBytes = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:"u8);
    private static readonly SearchValues<byte> s_labelBytes = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);

    private ReadOnlySpan<byte> _rest = line;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public readonly bool IsNext(char sign) => !_rest.IsEmpty && _rest[0] == sign;

    /// <summary>Skips blanks; true at the end, or when a sign comes next.</summary>
    public bool IsAtEndOr(char sign)
    {
        SkipBlanks();
        return _rest.IsEmpty || _rest[0] == sign;
    }

    public void SkipBlanks()
    {
        int at = _rest.IndexOfAnyExcept(s_blanks);
        _rest = at < 0 ? default : _rest[at..];
    }

    public bool TryTake(char sign)
    {
        if (!IsNext(sign)) return false;
        _rest = _rest[1..];
        return true;
    }

    /// <summary>Everything up to the next blank, behind blanks.</summary>
    public ReadOnlySpan<byte> TakeWord()
    {
        SkipBlanks();
        int end = _rest.IndexOfAny(s_blanks);
        ReadOnlySpan<byte> word = end < 0 ? _rest : _rest[..end];
        _rest = _rest[word.Length..];
        return word;
    }

    /// <summary>A metric's name, or nothing.</summary>
    public ReadOnlySpan<byte> TakeName() => TakeName(s_nameBytes);

    /// <summary>A label's name, or nothing.</summary>
    public ReadOnlySpan<byte> TakeLabelName() => TakeName(s_labelBytes);

    /// <summary>A text in quotes as it stands there, escapes and all.</summary>
    public bool TryTakeQuoted(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!IsNext('"')) return false;
        int end = 1;
        while (true)
        {
            int found = _rest[end..].IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0) return false;
            end += found;
            if (_rest[end] == '"') break;
            end += 2;
            if (end > _rest.Length) return false;
        }
        text = _rest[1..end];
        _rest = _rest[(end + 1)..];
        return true;
    }

    /// <summary>Goes behind the closing brace of labels.</summary>
    public bool TrySkipLabels()
    {
        while (true)
        {
            int next = _rest.IndexOfAny((byte)'"', (byte)'}');
            if (next < 0) return false;
            _rest = _rest[next..];
            if (TryTake('}')) return true;
            if (!TryTakeQuoted(out _)) return false;
        }
    }

    private ReadOnlySpan<byte> TakeName(SearchValues<byte> bytes)
    {
        int end = _rest.IndexOfAnyExcept(bytes);
        ReadOnlySpan<byte> name = end < 0 ? _rest : _rest[..end];
        if (!name.IsEmpty && name[0] is >= (byte)'0' and <= (byte)'9') return default;
        _rest = _rest[name.Length..];
        return name;
    }
}
